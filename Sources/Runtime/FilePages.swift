import Glibc

/// Pages of files, the program's own and its libraries', that lie in this process's memory because it once read them.
package struct FilePages: Sendable {
    /// More mappings than that are not looked at: some hundred libraries have four each.
    private static let mostBytes = 4 << 20

    /// Where those begin and end that were there at the start.
    private let places: Set<[UInt]>

    /// To be made before the program opens libraries and files that it closes again: what is mapped then stays mapped to its end.
    /// Of anything else another thread could have unmapped it, and have memory of its own there, before it is let go.
    package init() { places = Set(Self.mappings().map(\.place)) }

    /// Takes out of this process's memory what is an unchanged piece of a file. Most of it was needed for starting only; what is
    /// needed again comes back from the system's page cache at the first touch, by a fault of about a microsecond. The kernel drops
    /// pages that no process has mapped much sooner than others, which is what a small board needs. Some milliseconds.
    ///
    /// Nothing is lost: only mappings that cannot be written to and of which no page was ever changed are let go, see
    /// `Anonymous` in https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html and MADV_DONTNEED in madvise(2). Relocated
    /// tables of libraries are changed pages, and stay.
    /// - Returns: how many bytes were let go; 0 where the system does not tell of mappings.
    @discardableResult package func letGo() -> Int {
        var freed = 0
        for mapping in Self.mappings() where mapping.resident > 0 && places.contains(mapping.place) {
            // SAFETY: the mapping stays where it is, cannot be written to, and every page of it is that of the file.
            guard let start = unsafe UnsafeMutableRawPointer(bitPattern: mapping.start) else { continue }
            if unsafe madvise(start, Int(mapping.end - mapping.start), MADV_DONTNEED) == 0 { freed += mapping.resident }
        }
        return freed
    }

    private static func mappings() -> [Mapping] {
        guard let bytes = try? OwnedFileDescriptor.opening("/proc/self/smaps", O_RDONLY).read(atMost: mostBytes)
        else { return [] }
        return unchangedMappings(String(decoding: bytes, as: UTF8.self))
    }

    /// A mapping of a file of which no page was changed.
    private struct Mapping {
        var start: UInt
        var end: UInt
        /// Bytes of it in memory.
        var resident: Int

        var place: [UInt] { [start, end] }
    }

    /// - Parameter smaps: the text of /proc/PID/smaps.
    private static func unchangedMappings(_ smaps: String) -> [Mapping] {
        var found: [Mapping] = []
        var current: Mapping?
        var anonymous: Int?
        func end() {
            if let current, let anonymous, anonymous == 0 { found.append(current) }
            current = nil
            anonymous = nil
        }
        for line in smaps.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard let first = words.first else { continue }
            if first.hasSuffix(":") {
                guard words.count > 1, let kilobytes = Int(words[1]) else { continue }
                if first == "Rss:" { current?.resident = kilobytes << 10 }
                if first == "Anonymous:" { anonymous = kilobytes }
            } else {
                end()
                current = unchanging(words)
            }
        }
        end()
        return found
    }

    /// `start-end permissions offset device inode path` of a private mapping of a file that cannot be written to.
    private static func unchanging(_ words: [Substring]) -> Mapping? {
        let addresses = words[0].split(separator: "-")
        guard words.count >= 6, words[1].hasPrefix("r-"), words[1].hasSuffix("p"), words[5].hasPrefix("/"),
            addresses.count == 2, let start = UInt(addresses[0], radix: 16), let end = UInt(addresses[1], radix: 16),
            start < end
        else { return nil }
        return Mapping(start: start, end: end, resident: 0)
    }
}
