import CCrypto

/// A call to OpenSSL that failed, with the first reason on its list.
struct OpenSSLError: Error, Sendable, Equatable, CustomStringConvertible {
    let call: String
    let reason: String

    /// Takes all reasons off the thread's list, so that no later failure shows them as its own.
    init(_ call: String) {
        self.call = call
        let code = ERR_peek_error()
        var text = [CChar](repeating: 0, count: 256)
        // SAFETY: at most the array's length is written, with a closing zero.
        unsafe ERR_error_string_n(code, &text, text.count)
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        reason = code == 0 ? "no reason given" : String(decoding: bytes, as: UTF8.self)
        ERR_clear_error()
    }

    var description: String { "\(call) failed: \(reason)" }

    /// For calls that answer 1, or a length, when they succeed.
    static func check(_ call: String, _ result: CInt) throws(OpenSSLError) {
        guard result > 0 else { throw OpenSSLError(call) }
    }

    /// For calls that answer with an object when they succeed.
    static func object(_ call: String, _ result: OpaquePointer?) throws(OpenSSLError) -> OpaquePointer {
        guard let result = unsafe result else { throw OpenSSLError(call) }
        return unsafe result
    }
}
