import Base
import CCrypto
import Glibc
import Settings

/// An X.509 certificate (RFC 5280).
@safe final class Certificate {
    /// An `X509 *` of this object alone.
    let raw: OpaquePointer

    init(owning raw: OpaquePointer) { unsafe self.raw = unsafe raw }

    deinit { unsafe X509_free(raw) }

    /// The first certificate of a PEM text.
    convenience init(pem: [UInt8]) throws(OpenSSLError) {
        let input = try MemoryFile(pem)
        let certificate = unsafe PEM_read_bio_X509(input.raw, nil, { _, _, _, _ in -1 }, nil)
        unsafe self.init(owning: try OpenSSLError.object("reading the certificate", certificate))
    }

    /// Every certificate of a PEM text; at least one.
    static func all(inPEM text: [UInt8]) throws(OpenSSLError) -> [Certificate] {
        let input = try MemoryFile(text)
        var found: [Certificate] = []
        while let raw = unsafe PEM_read_bio_X509(input.raw, nil, { _, _, _, _ in -1 }, nil) {
            found.append(unsafe Certificate(owning: raw))
        }
        guard !found.isEmpty else { throw OpenSSLError("reading the certificates") }
        ERR_clear_error()
        return found
    }

    func pem() throws(OpenSSLError) -> [UInt8] {
        let output = try MemoryFile()
        try unsafe OpenSSLError.check("writing the certificate", PEM_write_bio_X509(output.raw, raw))
        return output.bytes()
    }

    /// Nil when a date cannot be understood.
    var validity: Validity? {
        guard let from = unsafe Self.seconds(X509_get0_notBefore(raw)),
            let to = unsafe Self.seconds(X509_get0_notAfter(raw))
        else { return nil }
        return Validity(from: from, to: to)
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var parts = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return Int64(unsafe timegm(&parts))
    }

    /// Whether its public key is the other half of this private one.
    func belongs(to key: PrivateKey) -> Bool { unsafe X509_check_private_key(raw, key.raw) == 1 }

    /// Whether the signature under it is this authority's.
    func isSigned(by authority: Certificate) -> Bool {
        unsafe X509_verify(raw, X509_get0_pubkey(authority.raw)) == 1
    }

    /// Whether a caller who calls the box so accepts it.
    func holds(_ name: SubjectName) -> Bool {
        switch name {
        case .dns(let text):
            let flags = CUnsignedInt(X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
            return unsafe X509_check_host(raw, text, text.utf8.count, flags, nil) == 1
        case .address(let address):
            return unsafe X509_check_ip(raw, address.bytes, address.bytes.count, 0) == 1
        }
    }

    /// Whether this authority limits the names that it signs (RFC 5280 §4.2.1.10).
    var isConstrained: Bool { unsafe X509_get_ext_by_NID(raw, NID_name_constraints, -1) >= 0 }

    /// Whether callers who trust this authority would accept the name in a certificate that it signs.
    func permits(_ name: SubjectName) throws(OpenSSLError) -> Bool {
        guard let constraints = unsafe X509_get_ext_d2i(raw, NID_name_constraints, nil, nil) else { return true }
        // SAFETY: for this extension the object is a NAME_CONSTRAINTS.
        let typed = unsafe constraints.assumingMemoryBound(to: NAME_CONSTRAINTS.self)
        defer { unsafe NAME_CONSTRAINTS_free(typed) }
        let probe = try CertificateDraft()
        try probe.add(.subjectAlternativeName, name.text)
        // OpenSSL judges the names that it has taken out of the certificate, which it does at the first question about
        // it. That the draft has no key and no signature is no news; the reason must not be shown later.
        _ = unsafe X509_check_purpose(probe.unsigned.raw, -1, 0)
        ERR_clear_error()
        return unsafe NAME_CONSTRAINTS_check(probe.unsigned.raw, typed) == X509_V_OK
    }
}

/// From when to when a certificate counts, in seconds since 1970; both ends belong to it.
struct Validity: Sendable, Equatable {
    var from: Int64
    var to: Int64

    static let day: Int64 = 86_400

    func contains(_ seconds: Int64) -> Bool { from <= seconds && seconds <= to }
}
