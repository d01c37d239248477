import Glibc
import Runtime

/// Reading folders without following links.
enum FileTree {
    struct File: Equatable {
        let path: String
        /// On the disk: whole blocks of 4096 bytes, so that a flood of tiny files is bounded too.
        let bytes: Int
        /// Seconds since 1970 of the last change.
        let changed: Int
    }

    /// Names in a folder; nothing for what cannot be read.
    static func names(in folder: String) -> [String] { (try? FolderListing.names(in: folder)) ?? [] }

    /// Files and folders below `folder`, a folder before what is in it. Links and devices are left out, and
    /// everything deeper than `depth` folders.
    static func walk(_ folder: String, depth: Int = 40) -> (files: [File], folders: [String]) {
        var found: (files: [File], folders: [String]) = ([], [])
        var waiting = [(folder, depth)]
        while let (current, depth) = waiting.popLast() {
            for name in names(in: current) {
                let path = current + "/" + name
                var facts = stat()
                guard unsafe lstat(path, &facts) == 0 else { continue }
                switch facts.st_mode & S_IFMT {
                case S_IFREG:
                    found.files.append(
                        File(
                            path: path, bytes: (Int(facts.st_size) + 4095) / 4096 * 4096,
                            changed: Int(facts.st_mtim.tv_sec)))
                case S_IFDIR where depth > 0:
                    found.folders.append(path)
                    waiting.append((path, depth - 1))
                default: break
                }
            }
        }
        return found
    }
}
