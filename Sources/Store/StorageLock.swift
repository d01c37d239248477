import Glibc
import Runtime

/// One program at a time owns a storage directory: held from before the first file there is touched to the end of the
/// process. The kernel lets go of it when the process ends in whatever way, so that a kill leaves nothing to clean up.
package final class StorageLock: Sendable {
    /// False where the file system knows no locks: then a second program would not be noticed.
    package let isExclusive: Bool
    private let file: OwnedFileDescriptor

    /// Takes `<directory>/lock`; the directory is made when it is missing. The file stays when the lock goes: to remove it
    /// would let two programs lock two files of the same name.
    /// - Throws: `inUse` with the process that holds it; `system` when the directory cannot be written.
    package init(directory: String) throws(StoreError) {
        let path = StorageLayout(directory: directory).path(of: .lock)
        do throws(SystemError) {
            try StorageFolder.make(directory)
            let opened = try Self.opened(path, in: directory)
            isExclusive = try Self.lock(opened, path)
            file = opened
        } catch {
            if error.errno == EWOULDBLOCK { throw .inUse(directory: directory, pid: Self.holder(path)) }
            throw .system(error)
        }
        // Only for people who ask who holds it; the lock itself is what counts. In this order a full disk has room for it.
        let text = Array("\(getpid())\n".utf8)
        _ = unsafe pwrite(file.raw, text, text.count, 0)
        _ = ftruncate(file.raw, text.count)
    }

    /// The file; on a disk that takes no writes as it is there, or else the directory.
    private static func opened(_ path: String, in directory: String) throws(SystemError) -> OwnedFileDescriptor {
        do throws(SystemError) {
            return try OwnedFileDescriptor.opening(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        } catch {
            guard [EROFS, ENOSPC, EDQUOT].contains(error.errno) else { throw error }
        }
        do throws(SystemError) { return try OwnedFileDescriptor.opening(path, O_RDONLY | O_NOFOLLOW) } catch {
            guard error.errno == ENOENT else { throw error }
        }
        return try OwnedFileDescriptor.opening(directory, O_RDONLY | O_DIRECTORY)
    }

    /// False when the file system has no locks (some network and FUSE mounts).
    /// - Throws: EWOULDBLOCK when another process holds it.
    private static func lock(_ file: borrowing OwnedFileDescriptor, _ path: String) throws(SystemError) -> Bool {
        let raw = file.raw
        do throws(SystemError) {
            try SystemError.check("flock \(path)") { flock(raw, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            guard [ENOLCK, EOPNOTSUPP, ENOSYS].contains(error.errno) else { throw error }
            return false
        }
    }

    /// The process that says that it holds the lock; nil when it has not said so yet.
    private static func holder(_ path: String) -> Int? {
        guard let bytes = try? OwnedFileDescriptor.opening(path, O_RDONLY | O_NOFOLLOW).read(atMost: 64) else {
            return nil
        }
        return Int(String(decoding: bytes.prefix { $0.isDigit }, as: UTF8.self))
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
