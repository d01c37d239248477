package import Glibc

/// Writes a file as a whole: whoever reads it sees the old content or the new one, never a part. The only place that
/// replaces files.
package enum WholeFile {
    /// What a power cut may do right after the call.
    package enum Durability: Sendable {
        /// The new content stays: file and folder are synced, which costs an SD card some writes.
        case synced
        /// The old content may come back, or the file may be empty: for what is made again anyway.
        case eventual
    }

    /// - Parameters:
    ///   - mode: permissions of the new file, before the umask.
    ///   - owner: user and group of the new file; nil = the program's own. Only root may name others.
    ///   - replacing: `false` leaves a file that is there already alone, and nothing is thrown.
    /// - Throws: `SystemError` with the call that failed; the old content is untouched then.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: mode_t = 0o640, owner: (user: uid_t, group: gid_t)? = nil,
        _ durability: Durability, replacing: Bool = true
    ) throws(SystemError) {
        try write(bytes, to: path, in: AT_FDCWD, mode, owner, durability, replacing)
        if durability == .synced { try syncFolder(of: path) }
    }

    /// Below a folder that is open, so that no link on the way leads elsewhere.
    /// - Parameter name: of the file in `folder`, one part of a path.
    /// - Throws: as the other.
    package static func write(
        _ bytes: [UInt8], named name: String, in folder: borrowing OwnedFileDescriptor, mode: mode_t = 0o640,
        _ durability: Durability
    ) throws(SystemError) {
        let raw = folder.raw
        try write(bytes, to: name, in: raw, mode, nil, durability, true)
        if durability == .synced { try SystemError.check("fsync the folder of \(name)") { fsync(raw) } }
    }

    private static func write(
        _ bytes: [UInt8], to path: String, in folder: CInt, _ mode: mode_t, _ owner: (user: uid_t, group: gid_t)?,
        _ durability: Durability, _ replacing: Bool
    ) throws(SystemError) {
        // Two programs that write at once have a draft each. One of this name is what a power cut left behind.
        let draft = "\(path).\(getpid()).part"
        _ = unsafe unlinkat(folder, draft, 0)
        do throws(SystemError) {
            try writeDraft(bytes, draft, in: folder, mode, owner, durability)
            if replacing {
                try SystemError.check("rename to \(path)") { unsafe renameat(folder, draft, folder, path) }
            } else {
                // A link is made only if the name is free.
                do throws(SystemError) {
                    try SystemError.check("link \(path)") { unsafe linkat(folder, draft, folder, path, 0) }
                } catch {
                    if error.errno != EEXIST { throw error }
                }
                _ = unsafe unlinkat(folder, draft, 0)
            }
        } catch {
            // The draft may not exist; there is nothing more to do about it.
            _ = unsafe unlinkat(folder, draft, 0)
            throw error
        }
    }

    private static func writeDraft(
        _ bytes: [UInt8], _ draft: String, in folder: CInt, _ mode: mode_t, _ owner: (user: uid_t, group: gid_t)?,
        _ durability: Durability
    ) throws(SystemError) {
        let file = try OwnedFileDescriptor.opening(
            draft, in: folder, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        let raw = file.raw
        if let owner { try SystemError.check("fchown \(draft)") { fchown(raw, owner.user, owner.group) } }
        try file.write(bytes, named: draft)
        if durability == .synced { try SystemError.check("fsync \(draft)") { fsync(raw) } }
    }

    /// The folder that a path's last part lies in.
    package static func folder(of path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        // `/a` is ["", "a"], and `a` alone lies in the working directory.
        if parts.isEmpty { return "." }
        return parts.count == 1 && parts.first == "" ? "/" : parts.joined(separator: "/")
    }

    private static func syncFolder(of path: String) throws(SystemError) {
        let folder = folder(of: path)
        let descriptor = try OwnedFileDescriptor.opening(folder, O_RDONLY | O_DIRECTORY)
        let raw = descriptor.raw
        try SystemError.check("fsync \(folder)") { fsync(raw) }
    }
}
