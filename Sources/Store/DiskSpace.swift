import Glibc

/// How much room a file system has, in bytes.
package struct DiskSpace: Sendable, Equatable {
    /// For programs that are not root's.
    package let free: Int
    package let size: Int

    /// Of the one that a folder lies on; nil when it does not tell. Blocks as long as the disk does.
    init?(of folder: String) {
        var facts = statvfs()
        guard unsafe statvfs(folder, &facts) == 0 else { return nil }
        func bytes(_ blocks: UInt) -> Int {
            let (bytes, overflow) = blocks.multipliedReportingOverflow(by: facts.f_frsize)
            return overflow ? .max : Int(clamping: bytes)
        }
        free = bytes(facts.f_bavail)
        size = bytes(facts.f_blocks)
    }
}
