import CCrypto

/// A private key on NIST's curve P-256, which every TLS client knows.
@safe final class PrivateKey {
    /// An `EVP_PKEY *` of this object alone.
    let raw: OpaquePointer

    private init(owning raw: OpaquePointer) { unsafe self.raw = unsafe raw }

    deinit { unsafe EVP_PKEY_free(raw) }

    /// A fresh one from the system's randomness.
    static func random() throws(OpenSSLError) -> PrivateKey {
        let context = try unsafe OpenSSLError.object("EVP_PKEY_CTX_new", EVP_PKEY_CTX_new_from_name(nil, "EC", nil))
        defer { unsafe EVP_PKEY_CTX_free(context) }
        try unsafe OpenSSLError.check("EVP_PKEY_keygen_init", EVP_PKEY_keygen_init(context))
        try unsafe OpenSSLError.check("group P-256", EVP_PKEY_CTX_set_group_name(context, "P-256"))
        var key: OpaquePointer?
        try unsafe OpenSSLError.check("EVP_PKEY_generate", EVP_PKEY_generate(context, &key))
        return unsafe PrivateKey(owning: try OpenSSLError.object("EVP_PKEY_generate", key))
    }

    /// - Throws: when the text holds no key, or one that is locked by a password.
    convenience init(pem: [UInt8]) throws(OpenSSLError) {
        let input = try MemoryFile(pem)
        // Without an answer of ours OpenSSL would ask for a password at the terminal and wait.
        let key = unsafe PEM_read_bio_PrivateKey(input.raw, nil, { _, _, _, _ in -1 }, nil)
        unsafe self.init(owning: try OpenSSLError.object("reading the private key", key))
    }

    /// PKCS #8, not encrypted.
    func pem() throws(OpenSSLError) -> [UInt8] {
        let output = try MemoryFile()
        let result = unsafe PEM_write_bio_PKCS8PrivateKey(output.raw, raw, nil, nil, 0, nil, nil)
        try OpenSSLError.check("writing the private key", result)
        return output.bytes()
    }
}

/// A file in memory, since OpenSSL reads and writes PEM through its own files.
@safe final class MemoryFile {
    /// A `BIO *` of this object alone.
    let raw: OpaquePointer

    init(_ bytes: [UInt8] = []) throws(OpenSSLError) {
        unsafe raw = try unsafe OpenSSLError.object("BIO_new", BIO_new(BIO_s_mem()))
        if bytes.isEmpty { return }
        guard let count = CInt(exactly: bytes.count), unsafe BIO_write(raw, bytes, count) == count else {
            throw OpenSSLError("BIO_write")
        }
    }

    deinit { unsafe BIO_free(raw) }

    /// Everything that was written and not yet read.
    func bytes() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(raw))
        // SAFETY: at most the array's length is written.
        let count = unsafe BIO_read(raw, &bytes, CInt(clamping: bytes.count))
        return Array(bytes.prefix(max(0, Int(count))))
    }
}
