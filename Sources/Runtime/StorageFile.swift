package import Glibc

/// One file of the storage directory: where it lies, who may read it, how large it may become, and what a power cut may do
/// to it. The table of `Store` says so for each; who writes the file knows no more of the directory.
package struct StorageFile: Sendable, Equatable {
    package let path: String
    /// Permissions of a new file, before the umask.
    package let mode: mode_t
    /// More is neither written nor read.
    package let mostBytes: Int
    package let durability: WholeFile.Durability

    package init(
        path: String, mode: mode_t = 0o640, mostBytes: Int, _ durability: WholeFile.Durability = .synced
    ) {
        self.path = path
        self.mode = mode
        self.mostBytes = mostBytes
        self.durability = durability
    }

    package var exists: Bool { unsafe access(path, F_OK) == 0 }

    /// Replaces the file as a whole.
    /// - Parameters:
    ///   - owner: user and group of the new file; nil = the program's own.
    ///   - replacing: `false` leaves a file that is there already alone.
    /// - Throws: `SystemError` with the call that failed, EFBIG when there is more than the file may hold; the old content
    ///   is untouched then.
    package func write(
        _ bytes: [UInt8], owner: (user: uid_t, group: gid_t)? = nil, replacing: Bool = true
    ) throws(SystemError) {
        guard bytes.count <= mostBytes else { throw SystemError(call: "write \(path)", errno: EFBIG) }
        try WholeFile.write(bytes, to: path, mode: mode, owner: owner, durability, replacing: replacing)
    }

    /// What it holds; links are not followed.
    /// - Throws: `SystemError`, EFBIG when somebody has made it larger than it may be.
    package func read() throws(SystemError) -> [UInt8] {
        let bytes = try OwnedFileDescriptor.opening(path, O_RDONLY | O_NOFOLLOW).read(atMost: mostBytes + 1)
        guard bytes.count <= mostBytes else { throw SystemError(call: "read \(path)", errno: EFBIG) }
        return bytes
    }
}
