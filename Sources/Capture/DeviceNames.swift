import Glibc
import Runtime

/// The names that udev gives to camera nodes.
package enum DeviceNames {
    /// The device behind a path, through all links; nil for what is no device or is not there.
    package static func device(at path: String) -> UInt64? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFCHR else { return nil }
        return UInt64(facts.st_rdev)
    }

    /// The number of `video12`; nil for other names.
    static func number(of name: String) -> Int? {
        guard name.hasPrefix("video") else { return nil }
        let digits = name.dropFirst(5)
        guard (1...6).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(digits)
    }

    /// Names in a folder; empty when it cannot be read.
    static func entries(of folder: String) -> [String] { (try? FolderListing.names(in: folder)) ?? [] }

    /// Full paths of the symbolic links in `folder`, sorted, by the name of the node they lead to.
    static func links(in folder: String) -> [String: [String]] {
        var links: [String: [String]] = [:]
        for name in entries(of: folder).sorted() {
            let path = "\(folder)/\(name)"
            if let node = target(of: path) { links[node, default: []].append(path) }
        }
        return links
    }

    /// The last part of where a symbolic link leads to.
    private static func target(of path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 4096)
        let length = unsafe readlink(path, &bytes, bytes.count)
        guard length > 0 else { return nil }
        let text = String(decoding: bytes.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.split(separator: "/").last.map(String.init)
    }
}
