import CCrypto
package import Settings

/// What all TLS connections of one kind share: versions, certificate and key, whom to believe. TLS 1.2 and 1.3; which
/// ciphers is for the system's openssl.cnf to say.
///
/// Unchecked, since an `SSL_CTX *` is a C pointer: it is set up before anybody else sees it and not changed afterwards;
/// OpenSSL lets several threads make connections of it (SSL_new(3)).
@safe package final class TLSContext: @unchecked Sendable {
    /// `SSL_OP_NO_RENEGOTIATION`, a macro that Swift does not see: else writing might have to wait for reading.
    private static let noRenegotiation: UInt64 = 1 << 30

    /// An `SSL_CTX *` of this object alone.
    let raw: OpaquePointer

    /// For whoever shows this certificate.
    /// - Throws: `OpenSSLError` for files that cannot be read or do not belong together.
    package convenience init(serving files: APISettings.TLS) throws {
        try self.init(isServer: true)
        // Without an answer of ours OpenSSL would ask for a key's password at the terminal and wait.
        unsafe SSL_CTX_set_default_passwd_cb(raw) { _, _, _, _ in -1 }
        let chain = unsafe SSL_CTX_use_certificate_chain_file(raw, files.certificateFile)
        try OpenSSLError.check("reading the certificate", chain)
        // Refuses a key that is not the certificate's.
        let key = unsafe SSL_CTX_use_PrivateKey_file(raw, files.keyFile, SSL_FILETYPE_PEM)
        try OpenSSLError.check("reading the private key", key)
        unsafe SSL_CTX_set_alpn_select_cb(
            raw,
            { _, chosen, length, offered, offeredLength, _ in
                unsafe HTTPProtocolName.choose(chosen, length, offered, offeredLength)
            }, nil)
    }

    /// For whoever calls servers with certificates that these have signed, or that are among them.
    /// - Parameter pem: one certificate or more.
    /// - Throws: `OpenSSLError` when there is none.
    package convenience init(trusting pem: [UInt8]) throws {
        try self.init(isServer: false)
        let store = unsafe SSL_CTX_get_cert_store(raw)
        for certificate in try Certificate.all(inPEM: pem) {
            try unsafe OpenSSLError.check("X509_STORE_add_cert", X509_STORE_add_cert(store, certificate.raw))
        }
        unsafe SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
        let result = unsafe SSL_CTX_set_alpn_protos(
            raw, HTTPProtocolName.list, CUnsignedInt(HTTPProtocolName.list.count))
        // This one answers 0 when it succeeds.
        guard result == 0 else { throw OpenSSLError("SSL_CTX_set_alpn_protos") }
    }

    private init(isServer: Bool) throws(OpenSSLError) {
        let method = unsafe isServer ? TLS_server_method() : TLS_client_method()
        unsafe raw = try unsafe OpenSSLError.object("SSL_CTX_new", SSL_CTX_new(method))
        unsafe SSL_CTX_set_options(raw, Self.noRenegotiation)
        unsafe SSL_CTX_ctrl(raw, SSL_CTRL_SET_MIN_PROTO_VERSION, CLong(TLS1_2_VERSION), nil)
        // An idle connection holds no record buffers; the store of sessions would grow with strangers (tickets do not).
        unsafe SSL_CTX_ctrl(raw, SSL_CTRL_MODE, CLong(SSL_MODE_RELEASE_BUFFERS), nil)
        unsafe SSL_CTX_ctrl(raw, SSL_CTRL_SET_SESS_CACHE_MODE, CLong(SSL_SESS_CACHE_OFF), nil)
    }

    deinit { unsafe SSL_CTX_free(raw) }
}

/// `http/1.1` as ALPN writes it (RFC 7301 §3.1).
private enum HTTPProtocolName {
    static let list: [UInt8] = [8] + Array("http/1.1".utf8)

    /// Whoever offers other protocols only goes on without ALPN, as callers that do not know it.
    static func choose(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ length: UnsafeMutablePointer<UInt8>?,
        _ offered: UnsafePointer<UInt8>?, _ offeredLength: CUnsignedInt
    ) -> CInt {
        var name: UnsafeMutablePointer<UInt8>?
        // SAFETY: the name found lies in the first list, which OpenSSL holds until it has copied the name.
        let outcome = unsafe SSL_select_next_proto(
            &name, length, offered, offeredLength, list, CUnsignedInt(list.count))
        guard outcome == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_NOACK }
        unsafe chosen?.pointee = unsafe UnsafePointer(name)
        return SSL_TLSEXT_ERR_OK
    }
}
