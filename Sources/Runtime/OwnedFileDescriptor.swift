package import Glibc

/// A file descriptor with one owner; closed when the owner goes.
package struct OwnedFileDescriptor: ~Copyable, Sendable {
    package let raw: CInt

    /// Takes ownership of `raw`.
    package init(_ raw: CInt) { self.raw = raw }

    /// - Parameter path: as `FileName` has it.
    /// - Parameter folder: the descriptor of the folder that a relative path begins in; the working directory by default.
    /// - Throws: `SystemError` with the call `open PATH`.
    package static func opening(
        _ path: String, in folder: CInt = AT_FDCWD, _ flags: CInt, mode: mode_t = 0o600
    ) throws(SystemError) -> OwnedFileDescriptor {
        OwnedFileDescriptor(
            try SystemError.check("open \(path)") {
                unsafe openat(folder, FileName.bytes(path), flags | O_CLOEXEC, mode)
            })
    }

    /// Up to `limit` bytes from where the file stands; fewer at its end.
    package borrowing func read(atMost limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 64 << 10))
        let descriptor = raw
        while bytes.count < limit {
            let wanted = min(chunk.count, limit - bytes.count)
            let count = try SystemError.check("read") { unsafe Glibc.read(descriptor, &chunk, wanted) }
            if count == 0 { break }
            bytes += chunk.prefix(count)
        }
        return bytes
    }

    /// All of `bytes`, however many calls that takes.
    /// - Parameter name: of the file, for the error.
    package borrowing func write(_ bytes: [UInt8], named name: String) throws(SystemError) {
        let descriptor = raw
        var offset = 0
        while offset < bytes.count {
            offset += try SystemError.check("write \(name)") {
                unsafe bytes[offset...].withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            }
        }
    }

    deinit { close(raw) }
}
