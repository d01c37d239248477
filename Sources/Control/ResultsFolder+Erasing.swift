import Glibc
import Runtime

extension ResultsFolder {
    /// Removes the folders of sessions with everything in them, whatever bucket they lie in.
    /// - Returns: how many went.
    /// - Throws: when one is still there.
    package func erase(sessions: Set<String>) async throws -> Int {
        guard !sessions.isEmpty else { return 0 }
        return try await onQueue { [root] in try Self.erase(sessions, in: root, depth: Self.mostParts + 3) }.get()
    }

    /// Links are removed, never followed.
    private static func erase(_ sessions: Set<String>, in folder: String, depth: Int) throws -> Int {
        guard depth > 0, let names = try? FolderListing.names(in: folder) else { return 0 }
        var count = 0
        for name in names {
            let path = "\(folder)/\(name)"
            guard isFolder(path) else { continue }
            if sessions.contains(name) {
                try remove(path, depth: depth)
                count += 1
            } else {
                count += try erase(sessions, in: path, depth: depth - 1)
            }
        }
        return count
    }

    private static func remove(_ folder: String, depth: Int) throws {
        for name in (try? FolderListing.names(in: folder)) ?? [] {
            let path = "\(folder)/\(name)"
            if depth > 0, isFolder(path) {
                try remove(path, depth: depth - 1)
            } else {
                try SystemError.check("unlink \(path)") { unsafe unlink(path) }
            }
        }
        try SystemError.check("rmdir \(folder)") { unsafe rmdir(folder) }
    }

    private static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return unsafe lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }
}
