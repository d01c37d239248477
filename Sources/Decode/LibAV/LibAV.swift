import CLibAV

/// What all calls of libav share.
enum LibAV {
    /// libav writes to stderr what it also returns as an error. Runs once, before the first call.
    static let silence: Void = av_log_set_level(AV_LOG_QUIET)

    /// `Invalid data found when processing input`
    static func text(of code: CInt) -> String {
        var bytes = [CChar](repeating: 0, count: Int(AV_ERROR_MAX_STRING_SIZE))
        // On failure the buffer holds a generic text, which is as good.
        _ = unsafe av_strerror(code, &bytes, bytes.count)
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// - Throws: `.libav` or `.outOfMemory` for negative codes.
    @discardableResult
    static func check(_ call: String, _ code: CInt) throws(DecodeError) -> CInt {
        guard code < 0 else { return code }
        if code == CLibAV_OUT_OF_MEMORY { throw .outOfMemory }
        throw .libav(call: call, reason: text(of: code))
    }
}
