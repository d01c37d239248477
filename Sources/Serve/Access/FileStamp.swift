import Glibc

/// What identifies one content of a file, and its rights, that is only ever replaced whole.
struct FileStamp: Sendable, Equatable {
    private let seconds: Int
    private let nanoseconds: Int
    private let inode: UInt64
    private let mode: UInt32

    /// Nil when there is no file.
    init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
        inode = UInt64(status.st_ino)
        mode = status.st_mode
    }
}
