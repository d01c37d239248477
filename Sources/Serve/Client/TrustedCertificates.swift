import Base
import CCrypto
import Glibc

/// Certificates whose holders, and those whom they have signed, are believed.
struct TrustedCertificates: Sendable {
    /// Why a server is not believed, in OpenSSL's words.
    struct Refusal: Error, Sendable, CustomStringConvertible {
        let reason: String
        var description: String { "its certificate is refused: \(reason)" }
    }

    /// PEM, checked.
    private let text: [UInt8]

    /// - Throws: when the file cannot be read or holds no certificate.
    init(file: String) throws {
        text = try OwnedFileDescriptor.opening(file, O_RDONLY).read(atMost: 1 << 20)
        _ = try Certificate.all(inPEM: text)
    }

    /// - Parameters:
    ///   - chain: what the server shows, its own first, each in DER.
    ///   - name: under which it was called; nil lets any be.
    /// - Throws: `Refusal`, `OpenSSLError`
    func check(_ chain: [[UInt8]], for name: SubjectName?) throws {
        let shown = try chain.map { try Certificate(der: $0) }
        guard let first = shown.first else { throw Refusal(reason: "there is none") }
        let store = try unsafe OpenSSLError.object("X509_STORE_new", X509_STORE_new())
        defer { unsafe X509_STORE_free(store) }
        for trusted in try Certificate.all(inPEM: text) {
            try unsafe OpenSSLError.check("X509_STORE_add_cert", X509_STORE_add_cert(store, trusted.raw))
        }
        let others = try unsafe OpenSSLError.object("OPENSSL_sk_new_null", OPENSSL_sk_new_null())
        defer { unsafe OPENSSL_sk_free(others) }
        for other in shown.dropFirst() { unsafe OPENSSL_sk_push(others, UnsafeRawPointer(other.raw)) }
        let context = try unsafe OpenSSLError.object("X509_STORE_CTX_new", X509_STORE_CTX_new())
        defer { unsafe X509_STORE_CTX_free(context) }
        try unsafe OpenSSLError.check(
            "X509_STORE_CTX_init", X509_STORE_CTX_init(context, store, first.raw, others))
        try unsafe demand(name, of: context)
        let isBelieved = unsafe X509_verify_cert(context) == 1
        defer { withExtendedLifetime(shown) {} }
        guard !isBelieved else { return }
        let code = unsafe X509_STORE_CTX_get_error(context)
        ERR_clear_error()
        throw Refusal(reason: unsafe String(cString: X509_verify_cert_error_string(Int(code))))
    }

    private func demand(_ name: SubjectName?, of context: OpaquePointer) throws(OpenSSLError) {
        let demands = unsafe X509_STORE_CTX_get0_param(context)
        unsafe X509_VERIFY_PARAM_set_purpose(demands, X509_PURPOSE_SSL_SERVER)
        // A certificate that is itself in the file needs no authority.
        unsafe X509_VERIFY_PARAM_set_flags(demands, CUnsignedLong(X509_V_FLAG_PARTIAL_CHAIN))
        switch name {
        case nil: break
        case .dns(let text):
            try unsafe OpenSSLError.check("set1_host", X509_VERIFY_PARAM_set1_host(demands, text, text.utf8.count))
        case .address(let address):
            let result = unsafe X509_VERIFY_PARAM_set1_ip(demands, address.bytes, address.bytes.count)
            try OpenSSLError.check("set1_ip", result)
        }
    }
}

extension Certificate {
    convenience init(der: [UInt8]) throws(OpenSSLError) {
        let raw = unsafe der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            // SAFETY: at most the array's length is read.
            return unsafe d2i_X509(nil, &next, bytes.count)
        }
        unsafe self.init(owning: try OpenSSLError.object("reading the certificate", raw))
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
}
