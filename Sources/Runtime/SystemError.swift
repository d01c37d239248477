import Glibc

/// A failed system call: which one and why. The only place that reads `errno`.
package struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    package let call: String
    package let errno: CInt

    package init(call: String, errno: CInt) {
        self.call = call
        self.errno = errno
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: 128)
        // On failure the buffer holds a text such as "Unknown error 4711", which is as good.
        _ = unsafe strerror_r(errno, &text, text.count)
        let message = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "\(call): \(message) (errno \(errno))"
    }

    /// Calls until the answer is not EINTR. `body` returns -1 and sets `errno` on failure, as system calls do.
    @discardableResult
    package static func check<I: FixedWidthInteger & SignedInteger>(_ call: String, _ body: () -> I) throws(SystemError)
        -> I
    {
        while true {
            let result = body()
            if result != -1 { return result }
            let code = Glibc.errno
            if code != EINTR { throw SystemError(call: call, errno: code) }
        }
    }
}
