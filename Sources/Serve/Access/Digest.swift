import CCrypto
import Rekognition

/// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), as OpenSSL computes them.
enum Digest {
    static let byteCount = 32

    /// The 32 bytes of SHA-256.
    static func sha256(_ bytes: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        // SAFETY: the result has room for SHA256_DIGEST_LENGTH, 32 bytes.
        guard unsafe CCrypto.SHA256(bytes, bytes.count, &digest) != nil else { throw OpenSSLError("SHA256") }
        return digest
    }

    /// The 32 bytes of HMAC-SHA-256.
    static func authenticationCode(of bytes: [UInt8], key: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        guard let keyCount = CInt(exactly: key.count) else { throw OpenSSLError("HMAC: key of \(key.count) bytes") }
        var code = [UInt8](repeating: 0, count: byteCount)
        var count: CUnsignedInt = 0
        // SAFETY: lengths are those of the arrays; the result has room for EVP_sha256's 32 bytes.
        let result = unsafe HMAC(EVP_sha256(), key, keyCount, bytes, bytes.count, &code, &count)
        guard unsafe result != nil, count == byteCount else { throw OpenSSLError("HMAC") }
        return code
    }

    /// Looks at every byte whatever it finds, so that the time taken says nothing about where the two differ.
    static func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return unsafe CRYPTO_memcmp(a, b, a.count) == 0
    }
}

extension APIError {
    /// Without digests nobody can be let in; OpenSSL fails here only when there is no memory left.
    init(_ error: OpenSSLError) {
        self.init(.internalServerError, "The signature cannot be computed: \(error).")
    }
}
