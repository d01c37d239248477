import Glibc
import Runtime

/// The file of the unix socket. The socket is bound in a folder that only this user can enter, gets its mode there, and is
/// then moved to its place: nobody can connect before the permission is right, and a stale socket of a killed program is
/// replaced in the same step.
struct SocketFile: Sendable {
    /// Owner and group may connect.
    private static let mode: mode_t = 0o660

    let path: String
    /// Where to bind.
    let bindPath: String
    private let folder: String

    /// - Throws: `ServeError` when something else is at `path`, or a living program serves it.
    init(path: String) throws(ServeError) {
        var status = stat()
        if unsafe lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else { throw .socketPathTaken(path: path) }
            guard !Self.isServed(path) else { throw .socketInUse(path: path) }
        }
        // sun_path holds 108 bytes with the closing zero (unix(7)).
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        guard max(path.utf8.count, parent.utf8.count + 13) < 108 else { throw .socketPathTooLong(path: path) }
        var template = "\(parent)/.pl-XXXXXX".utf8CString
        do throws(SystemError) {
            try SystemError.check("mkdtemp in \(parent)") {
                unsafe template.withUnsafeMutableBufferPointer { buffer in
                    unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) } == nil ? -1 : 0
                }
            }
        } catch { throw .cannotBind(address: path, reason: "\(error)") }
        self.path = path
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        bindPath = folder + "/s"
    }

    /// Puts the bound socket into its place.
    func publish() throws(ServeError) {
        do throws(SystemError) {
            try SystemError.check("chmod \(path)") { unsafe chmod(bindPath, Self.mode) }
            try SystemError.check("rename to \(path)") { unsafe rename(bindPath, path) }
        } catch { throw .cannotBind(address: path, reason: "\(error)") }
        unsafe rmdir(folder)
    }

    /// At the end; a socket that another program has put there meanwhile stays.
    func remove() {
        unsafe unlink(bindPath)
        unsafe rmdir(folder)
        if !Self.isServed(path) { unsafe unlink(path) }
    }

    private static func isServed(_ path: String) -> Bool {
        let raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { return false }
        let probe = OwnedFileDescriptor(raw)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        // SAFETY: a sockaddr_un is passed as the sockaddr that connect(2) takes, with its own size.
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(probe.raw, $0, size) }
        }
        return result == 0
    }
}
