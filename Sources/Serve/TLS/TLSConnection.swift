import Base
import CCrypto
package import NIOCore
import Settings

/// TLS of one connection, by OpenSSL, between two buffers in memory: it owns no socket and waits for nothing. Used by one
/// event loop only.
@safe package final class TLSConnection {
    /// Bytes that one record may carry (RFC 8446 §5.1).
    package static let largestRecord = 16 << 10

    /// What reading has led to.
    package enum Reading: Sendable {
        case some
        /// More must come first.
        case nothing
        /// The other side has said that nothing will come any more.
        case goodbye
    }

    private let raw: OpaquePointer
    /// What came from the other side, and what is to go there. `raw` owns both.
    private let input: OpaquePointer
    private let output: OpaquePointer
    /// Both sides have agreed on TLS, and each knows what it wanted to know of the other.
    package private(set) var isOpen = false

    /// One that is called.
    package convenience init(accepting context: TLSContext) throws {
        try self.init(context)
        unsafe SSL_set_accept_state(raw)
    }

    /// One that calls.
    /// - Parameters:
    ///   - host: whom: a numeric address or a name.
    ///   - checksName: whether the server's certificate must hold `host`.
    package convenience init(calling context: TLSContext, host: String, checksName: Bool) throws {
        try self.init(context)
        unsafe SSL_set_connect_state(raw)
        // Numeric addresses are not sent (RFC 6066 §3).
        if NumericAddress(host) == nil { try sayName(host) }
        let name = SubjectName(host)
        if checksName, name == nil { throw TLSFailure.unusableName(host) }
        try demand(checksName ? name : nil)
    }

    private init(_ context: TLSContext) throws(OpenSSLError) {
        let raw = try unsafe OpenSSLError.object("SSL_new", SSL_new(context.raw))
        let (input, output) = unsafe (BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()))
        guard let input = unsafe input, let output = unsafe output else {
            unsafe BIO_free(input)
            unsafe BIO_free(output)
            unsafe SSL_free(raw)
            throw OpenSSLError("BIO_new")
        }
        unsafe SSL_set_bio(raw, input, output)
        unsafe (self.raw, self.input, self.output) = unsafe (raw, input, output)
    }

    deinit { unsafe SSL_free(raw) }

    private func sayName(_ host: String) throws(OpenSSLError) {
        let result = unsafe host.withCString { name in
            unsafe SSL_ctrl(
                raw, SSL_CTRL_SET_TLSEXT_HOSTNAME, CLong(TLSEXT_NAMETYPE_host_name),
                UnsafeMutableRawPointer(mutating: name))
        }
        try OpenSSLError.check("the server's name", CInt(clamping: result))
    }

    private func demand(_ name: SubjectName?) throws(OpenSSLError) {
        let demands = unsafe SSL_get0_param(raw)
        unsafe X509_VERIFY_PARAM_set_purpose(demands, X509_PURPOSE_SSL_SERVER)
        // A certificate that is itself trusted needs no authority.
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

    // MARK: - From the other side

    /// Takes what came over the wire; `shakeHands` or `read` make something of it. Give at most `largestRecord` bytes
    /// between two of their calls, so that no buffer grows.
    package func take(_ bytes: ByteBuffer) throws(TLSFailure) {
        let count = unsafe bytes.withUnsafeReadableBytes { bytes in
            unsafe BIO_write(input, bytes.baseAddress, CInt(clamping: bytes.count))
        }
        guard count == bytes.readableBytes else { throw failure() }
    }

    /// Begins the handshake, or goes on with it; true when it is done.
    package func shakeHands() throws(TLSFailure) -> Bool {
        ERR_clear_error()
        let status = unsafe SSL_do_handshake(raw)
        if status != 1, try heed(status) == .goodbye { throw .endedInHandshake }
        isOpen = status == 1
        return isOpen
    }

    /// Appends what the other side said: at most one record.
    package func read(into buffer: inout ByteBuffer) throws(TLSFailure) -> Reading {
        ERR_clear_error()
        var status: CInt = 0
        // The plain bytes are fewer than the encrypted ones that wait.
        let room = min(max(unsafe BIO_ctrl_pending(input), 1 << 9), Self.largestRecord)
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
            // SAFETY: at most the space's length is written.
            status = unsafe SSL_read(raw, space.baseAddress, CInt(clamping: space.count))
            return max(0, Int(status))
        }
        return status > 0 ? .some : try heed(status)
    }

    // MARK: - To the other side

    /// Encrypts bytes, at most `largestRecord` of them, at least one. Only once `isOpen`.
    package func write(_ bytes: ByteBuffer) throws(TLSFailure) {
        ERR_clear_error()
        let count = unsafe bytes.withUnsafeReadableBytes { bytes in
            unsafe SSL_write(raw, bytes.baseAddress, CInt(clamping: bytes.count))
        }
        guard count == bytes.readableBytes else { throw failure() }
    }

    /// Says that nothing will come any more; the other side may go on.
    package func sayGoodbye() {
        _ = unsafe SSL_shutdown(raw)
        ERR_clear_error()
    }

    /// Bytes for the wire that `takeOutput` will give.
    package var outputCount: Int { unsafe BIO_ctrl_pending(output) }

    /// The bytes for the wire: the handshake's, and those of `write` and `sayGoodbye`.
    package func takeOutput() -> ByteBuffer {
        let waiting = outputCount
        guard waiting > 0 else { return ByteBuffer() }
        var buffer = ByteBuffer()
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: waiting) { space in
            // SAFETY: at most the space's length is written.
            max(0, Int(unsafe BIO_read(output, space.baseAddress, CInt(clamping: space.count))))
        }
        return buffer
    }

    // MARK: - What OpenSSL says

    private func heed(_ status: CInt) throws(TLSFailure) -> Reading {
        switch unsafe SSL_get_error(raw, status) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .nothing
        case SSL_ERROR_ZERO_RETURN: return .goodbye
        default: throw failure()
        }
    }

    private func failure() -> TLSFailure {
        TLSFailure.said(isOpen: isOpen, verdict: unsafe SSL_get_verify_result(raw))
    }
}
