import Base
import Glibc
import Runtime

/// Damaged database files are kept for whoever wants to look, the newest two of them.
enum DamagedFiles {
    private static let mostKept = 2
    private static let mark = ".damaged-"

    /// A SQLite file and its companions.
    static func parts(of path: String) -> [String] { ["", "-wal", "-shm"].map { path + $0 } }

    /// Returns the new path of the main file.
    static func moveAside(_ path: String, in directory: String) throws(SystemError) -> String {
        let stamp = path + mark + "\(WallTime.now().milliseconds)"
        for (part, aside) in zip(parts(of: path), parts(of: stamp)) {
            do {
                try SystemError.check("rename \(part)") { unsafe rename(part, aside) }
            } catch  where error.errno == ENOENT {
                // A database that was closed well has no companions.
            }
        }
        remove(kept(of: path, in: directory).dropLast(mostKept))
        return stamp
    }

    /// All that were laid aside of a file.
    static func remove(_ path: String, in directory: String) { remove(kept(of: path, in: directory)[...]) }

    private static func remove(_ files: ArraySlice<String>) {
        for file in files { for part in parts(of: file) { _ = unsafe unlink(part) } }
    }

    /// Oldest first.
    private static func kept(of path: String, in directory: String) -> [String] {
        let start = path.split(separator: "/").last.map { $0 + mark } ?? ""
        return FileTree.names(in: directory)
            .filter { $0.hasPrefix(start) && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
            .sorted().map { directory + "/" + $0 }
    }
}
