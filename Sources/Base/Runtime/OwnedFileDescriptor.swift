package import Glibc

/// A file descriptor with one owner; closed when the owner goes.
package struct OwnedFileDescriptor: ~Copyable, Sendable {
    package let raw: CInt

    /// Takes ownership of `raw`.
    package init(_ raw: CInt) { self.raw = raw }

    /// - Throws: `SystemError` with the call `open PATH`.
    package static func opening(_ path: String, _ flags: CInt, mode: mode_t = 0o600) throws(SystemError)
        -> OwnedFileDescriptor
    {
        OwnedFileDescriptor(try SystemError.check("open \(path)") { unsafe open(path, flags | O_CLOEXEC, mode) })
    }

    deinit { close(raw) }
}
