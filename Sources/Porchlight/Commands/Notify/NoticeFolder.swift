import Base
import Glibc
import Runtime

/// The folder of the queue, for one program at a time.
struct NoticeFolder: ~Copyable {
    /// The lock lives as long as this descriptor.
    private let folder: OwnedFileDescriptor

    /// - Throws: `CommandFailure` when somebody else has it, or it cannot be made.
    init(_ path: String) throws {
        let opened = try Self.opened(path)
        let raw = opened.raw
        do throws(SystemError) {
            try SystemError.check("flock \(path)") { flock(raw, LOCK_EX | LOCK_NB) }
        } catch {
            let reason = error.errno == EWOULDBLOCK ? "another porchlight-notify has \(path)" : "\(error)"
            throw CommandFailure(.temporary, reason)
        }
        folder = opened
    }

    private static func opened(_ path: String) throws -> OwnedFileDescriptor {
        // It is there already, as a rule; what is really wrong shows in the next call.
        _ = unsafe mkdir(path, 0o750)
        do throws(SystemError) {
            return try OwnedFileDescriptor.opening(path, O_RDONLY | O_DIRECTORY)
        } catch { throw CommandFailure(.unavailable, "storage.directory cannot be used: \(error)") }
    }
}
