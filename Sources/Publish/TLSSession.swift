import Base
import CMosquitto
import Glibc
import Settings

/// TLS with the broker, by OpenSSL, between two buffers in memory: it owns no socket and waits for nothing. Used by one
/// thread only.
@safe struct TLSSession: ~Copyable {
    private static let chunk = 16 << 10
    /// `SSL_OP_NO_RENEGOTIATION`, a macro that Swift does not see: else writing might have to wait for reading.
    private static let noRenegotiation: UInt64 = 1 << 30

    private let context: OpaquePointer
    private let connection: OpaquePointer
    /// What came from the broker, and what is to go to it. `connection` owns both.
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let broker: MQTTSettings
    private var trouble = TLSTrouble()
    /// The handshake is done and the certificate is the broker's.
    private(set) var isOpen = false

    /// - Throws: `tlsFiles` for files that cannot be used, `outOfMemory`.
    static func opening(_ tls: MQTTSettings.TLS, _ broker: MQTTSettings) throws(PublishError) -> TLSSession {
        guard let method = unsafe TLS_client_method(), let context = unsafe SSL_CTX_new(method) else {
            throw .outOfMemory
        }
        let (input, output) = unsafe (BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()))
        guard let connection = unsafe SSL_new(context), let input = unsafe input, let output = unsafe output else {
            unsafe BIO_free(input)
            unsafe BIO_free(output)
            unsafe SSL_CTX_free(context)
            throw .outOfMemory
        }
        unsafe SSL_set_bio(connection, input, output)
        var session = unsafe TLSSession(context, connection, input, output, broker)  // owned: a throw below frees it
        try session.load(tls)
        session.begin()
        return session
    }

    private init(
        _ context: OpaquePointer, _ connection: OpaquePointer, _ input: OpaquePointer, _ output: OpaquePointer,
        _ broker: MQTTSettings
    ) {
        unsafe (self.context, self.connection) = unsafe (context, connection)
        unsafe (self.input, self.output) = unsafe (input, output)
        self.broker = broker
    }

    private borrowing func begin() {
        unsafe SSL_set_verify(connection, SSL_VERIFY_PEER, nil)
        _ = unsafe SSL_set_options(connection, Self.noRenegotiation)
        _ = unsafe broker.host.withCString { name in
            unsafe SSL_ctrl(
                connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, CLong(TLSEXT_NAMETYPE_host_name),
                UnsafeMutableRawPointer(mutating: name))
        }
        unsafe SSL_set_connect_state(connection)
    }

    deinit {
        unsafe SSL_free(connection)
        unsafe SSL_CTX_free(context)
    }

    private mutating func load(_ tls: MQTTSettings.TLS) throws(PublishError) {
        for path in [tls.caFile, tls.certificateFile, tls.keyFile].compactMap(\.self)
        where unsafe access(path, R_OK) != 0 {
            throw .tlsFiles(reason: "cannot read \(path)")
        }
        ERR_clear_error()
        guard unsafe SSL_CTX_load_verify_locations(context, tls.caFile, nil) == 1 else {
            throw .tlsFiles(reason: complaint("\(tls.caFile) holds no certificates"))
        }
        // The connection took its settings from the context before this; the store of CAs is shared with it.
        // Without an answer of ours OpenSSL would ask for a key's password at the terminal and wait.
        unsafe SSL_set_default_passwd_cb(connection) { _, _, _, _ in 0 }
        if let file = tls.certificateFile, unsafe SSL_use_certificate_chain_file(connection, file) != 1 {
            throw .tlsFiles(reason: complaint("\(file) holds no certificate"))
        }
        if let file = tls.keyFile, unsafe SSL_use_PrivateKey_file(connection, file, SSL_FILETYPE_PEM) != 1 {
            throw .tlsFiles(reason: complaint("\(file) holds no key without a password"))
        }
    }

    /// Takes what came over the wire and returns what it says.
    /// - Throws: why TLS ended, in words.
    mutating func decrypt(_ bytes: ArraySlice<UInt8>) throws(LinkFailure) -> [UInt8] {
        let taken = unsafe bytes.withUnsafeBytes { unsafe BIO_write(input, $0.baseAddress, CInt($0.count)) }
        guard taken == bytes.count else { throw LinkFailure("no memory for TLS") }
        if !isOpen { try shakeHands() }
        var plain: [UInt8] = []
        var part = [UInt8](repeating: 0, count: Self.chunk)
        while isOpen {
            ERR_clear_error()
            let count = unsafe SSL_read(connection, &part, CInt(part.count))
            guard count > 0 else {
                try heed(count)
                break
            }
            plain += part.prefix(Int(count))
        }
        return plain
    }

    /// What is to go over the wire for `plain`. Only once `isOpen`.
    mutating func encrypt(_ plain: ArraySlice<UInt8>) throws(LinkFailure) {
        guard !plain.isEmpty else { return }
        ERR_clear_error()
        let count = unsafe plain.withUnsafeBytes { unsafe SSL_write(connection, $0.baseAddress, CInt($0.count)) }
        guard count == plain.count else {
            noteComplaints()
            throw failure()
        }
    }

    /// Says goodbye to the other side of TLS.
    mutating func close() { _ = unsafe SSL_shutdown(connection) }

    /// Bytes for the wire: the handshake's, and those of `encrypt`.
    mutating func takeOutput() -> [UInt8] {
        let waiting = unsafe BIO_ctrl_pending(output)
        guard waiting > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: waiting)
        let count = unsafe BIO_read(output, &bytes, CInt(clamping: waiting))
        return Array(bytes.prefix(max(0, Int(count))))
    }

    /// Begins the handshake, or goes on with it.
    mutating func shakeHands() throws(LinkFailure) {
        ERR_clear_error()
        let status = unsafe SSL_do_handshake(connection)
        guard status == 1 else { return try heed(status) }
        guard isForHost() else {
            trouble.note("the certificate is for another host", verdict: Int(X509_V_ERR_HOSTNAME_MISMATCH))
            throw failure()
        }
        isOpen = true
    }

    /// The name or address that we asked for stands in the certificate; as its common name when it names no other.
    private func isForHost() -> Bool {
        guard let certificate = unsafe SSL_get1_peer_certificate(connection) else { return false }
        defer { unsafe X509_free(certificate) }
        return unsafe X509_check_host(certificate, broker.host, 0, 0, nil) == 1
            || X509_check_ip_asc(certificate, broker.host, 0) == 1
    }

    /// Returns when OpenSSL only wants more bytes.
    private mutating func heed(_ status: CInt) throws(LinkFailure) {
        switch unsafe SSL_get_error(connection, status) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return
        case SSL_ERROR_ZERO_RETURN: throw LinkFailure("the broker closed the connection", .silentHangUp)
        default:
            noteComplaints()
            throw failure()
        }
    }

    private func failure() -> LinkFailure {
        guard let words = trouble.words(for: broker, at: .now()) else {
            return LinkFailure("the broker closed the connection", .silentHangUp)
        }
        return LinkFailure("TLS: \(words)")
    }

    private mutating func noteComplaints() {
        let verdict = Int(unsafe SSL_get_verify_result(connection))
        while let text = Self.nextError() { trouble.note(text, verdict: verdict) }
    }

    /// For files: what OpenSSL has against them, and what that means.
    private mutating func complaint(_ what: String) -> String {
        while let text = Self.nextError() { trouble.note(text, verdict: 0) }
        return trouble.meaning(for: broker, at: .now())
            ?? "\(what): \(trouble.words(for: broker, at: .now()) ?? "OpenSSL does not say why")"
    }

    private static func nextError() -> String? {
        let code = ERR_get_error()
        guard code != 0 else { return nil }
        var text = [CChar](repeating: 0, count: 256)
        unsafe ERR_error_string_n(code, &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
