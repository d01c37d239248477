import CCrypto

/// A certificate (RFC 5280, version 3) while it is made.
struct CertificateDraft {
    private let certificate: Certificate

    /// With a random serial number of 127 bits (RFC 5280 §4.1.2.2 allows 20 bytes, and asks for a positive number).
    init() throws(OpenSSLError) {
        let raw = try unsafe OpenSSLError.object("X509_new", X509_new())
        certificate = unsafe Certificate(owning: raw)
        try unsafe OpenSSLError.check("X509_set_version", X509_set_version(raw, 2))
        var bytes = (0..<16).map { _ in UInt8.random(in: 0 ... .max) }
        bytes[0] = bytes[0] & 0x7F | 0x40
        let number = try unsafe OpenSSLError.object("BN_bin2bn", BN_bin2bn(bytes, CInt(bytes.count), nil))
        defer { unsafe BN_free(number) }
        guard unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(raw)) != nil else {
            throw OpenSSLError("BN_to_ASN1_INTEGER")
        }
    }

    /// The certificate without a signature, for questions about its names.
    var unsigned: Certificate { certificate }

    func setValidity(_ validity: Validity) throws(OpenSSLError) {
        guard unsafe ASN1_TIME_set(X509_getm_notBefore(certificate.raw), time_t(validity.from)) != nil,
            unsafe ASN1_TIME_set(X509_getm_notAfter(certificate.raw), time_t(validity.to)) != nil
        else { throw OpenSSLError("ASN1_TIME_set") }
    }

    /// Whom it is for: one common name.
    func setSubject(_ name: String) throws(OpenSSLError) {
        let subject = unsafe X509_get_subject_name(certificate.raw)
        let bytes = Array(name.utf8)
        let result = unsafe X509_NAME_add_entry_by_NID(
            subject, NID_commonName, MBSTRING_UTF8, bytes, CInt(clamping: bytes.count), -1, 0)
        try OpenSSLError.check("X509_NAME_add_entry", result)
    }

    func setKey(_ key: PrivateKey) throws(OpenSSLError) {
        try unsafe OpenSSLError.check("X509_set_pubkey", X509_set_pubkey(certificate.raw, key.raw))
    }

    /// The extensions that certificates here have (RFC 5280 §4.2.1).
    enum Extension {
        case authorityKeyIdentifier, basicConstraints, extendedKeyUsage, keyUsage, nameConstraints
        case subjectAlternativeName, subjectKeyIdentifier

        fileprivate var number: CInt {
            switch self {
            case .authorityKeyIdentifier: NID_authority_key_identifier
            case .basicConstraints: NID_basic_constraints
            case .extendedKeyUsage: NID_ext_key_usage
            case .keyUsage: NID_key_usage
            case .nameConstraints: NID_name_constraints
            case .subjectAlternativeName: NID_subject_alt_name
            case .subjectKeyIdentifier: NID_subject_key_identifier
            }
        }
    }

    /// Adds an extension in OpenSSL's own words (x509v3_config(5)); those that speak of keys want the keys to be set.
    /// - Parameter issuer: who signs; nil when the certificate signs itself.
    func add(_ kind: Extension, _ value: String, by issuer: Certificate? = nil) throws(OpenSSLError) {
        var context = unsafe X509V3_CTX()
        // SAFETY: both certificates live longer than this call; no request and no list of revoked ones takes part.
        unsafe X509V3_set_ctx(&context, (issuer ?? certificate).raw, certificate.raw, nil, nil, 0)
        let made = unsafe X509V3_EXT_nconf_nid(nil, &context, kind.number, value)
        let `extension` = try unsafe OpenSSLError.object("extension \(value)", made)
        defer { unsafe X509_EXTENSION_free(`extension`) }
        try unsafe OpenSSLError.check("X509_add_ext", X509_add_ext(certificate.raw, `extension`, -1))
    }

    /// The finished certificate, signed with ECDSA and SHA-256.
    /// - Parameter issuer: whose name stands in it; nil when the certificate signs itself.
    func signed(by issuer: Certificate?, _ key: PrivateKey) throws(OpenSSLError) -> Certificate {
        let name = unsafe X509_get_subject_name((issuer ?? certificate).raw)
        try unsafe OpenSSLError.check("X509_set_issuer_name", X509_set_issuer_name(certificate.raw, name))
        try unsafe OpenSSLError.check("X509_sign", X509_sign(certificate.raw, key.raw, EVP_sha256()))
        return certificate
    }
}
