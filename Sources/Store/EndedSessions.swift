import Base
import Dispatch
import Glibc
import Runtime
import Synchronization

/// Sessions whose end the broker has heard while the store could not be written, so that the next start does not say it
/// again. A small file beside the store, written once at its full size and from then on in place, which a full disk allows.
/// On a read-only disk the runtime folder, which lies in memory, holds them over a restart of the program.
package final class EndedSessions: Sendable {
    /// More than a box has cameras, many times over.
    package static let most = 1000
    /// For a session's id, filled up with zeros.
    static let slotBytes = 40

    private let file: StorageFile
    private let fallback: String?
    private let ids: Mutex<[String]>
    /// Disk work blocks: it has a queue of its own.
    private let disk = DispatchQueue(label: "ended sessions")

    /// Reads what earlier starts have left, and makes the file if there is room.
    /// - Parameters:
    ///   - storage: the storage directory; it must exist.
    ///   - runtimeFolder: lies in memory and outlives the process; nil where there is none.
    package init(storage: String, runtimeFolder: String?) {
        file = StorageLayout(directory: storage).file(.endedSessions)
        fallback = runtimeFolder.map { StorageLayout(directory: $0).path(of: .endedSessions) }
        let known = ([file.path] + (fallback.map { [$0] } ?? [])).flatMap(Self.reading)
        ids = Mutex(Array(known.suffix(Self.most)))
        // Without it nothing is lost but the memory of such ends.
        if Self.size(of: file.path) != Self.most * Self.slotBytes { try? file.write(Self.slots(known)) }
    }

    /// The ids that are known, in the order in which they came.
    package var all: [String] { ids.withLock { $0 } }

    /// The broker knows that these are over, and the store does not. The oldest go when there are too many.
    package func note(_ ended: [String]) async { await change { ids in ids += ended.filter { !ids.contains($0) } } }

    /// The store has forgotten these.
    package func forget(_ gone: [String]) async { await change { ids in ids.removeAll(where: gone.contains) } }

    private func change(_ body: @escaping @Sendable (inout [String]) -> Void) async {
        let bytes = ids.withLock { ids -> [UInt8]? in
            let before = ids
            body(&ids)
            ids.removeFirst(max(0, ids.count - Self.most))
            return ids == before ? nil : Self.slots(ids)
        }
        guard let bytes else { return }
        await withCheckedContinuation { done in
            disk.async { [self] in
                write(bytes)
                done.resume()
            }
        }
    }

    private func write(_ bytes: [UInt8]) {
        do throws(SystemError) {
            let opened = try OwnedFileDescriptor.opening(file.path, O_WRONLY | O_NOFOLLOW)
            try opened.write(bytes, named: file.path)
            let raw = opened.raw
            try SystemError.check("fdatasync \(file.path)") { fdatasync(raw) }
            if let fallback { _ = unsafe unlink(fallback) }
        } catch {
            // The start may have had no room to make it.
            if error.errno == ENOENT, (try? file.write(bytes)) != nil { return }
            // When that fails as well, the next start says an end once more.
            if let fallback { try? WholeFile.write(bytes, to: fallback, .eventual) }
        }
    }

    private static func slots(_ ids: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for id in ids.suffix(most) where isID(id.utf8) {
            bytes += Array(id.utf8) + [UInt8](repeating: 0, count: slotBytes - id.utf8.count)
        }
        return bytes + [UInt8](repeating: 0, count: most * slotBytes - bytes.count)
    }

    private static func reading(_ path: String) -> [String] {
        let opened = try? OwnedFileDescriptor.opening(path, O_RDONLY | O_NOFOLLOW).read(atMost: most * slotBytes)
        let bytes = opened ?? []
        return stride(from: 0, to: bytes.count, by: slotBytes).compactMap { start in
            let id = bytes[start..<min(start + slotBytes, bytes.count)].prefix { $0 != 0 }
            return isID(id) ? String(decoding: id, as: UTF8.self) : nil
        }
    }

    private static func isID(_ text: some Collection<UInt8>) -> Bool {
        (1..<slotBytes).contains(text.count) && text.allSatisfy(\.isNameCharacter)
    }

    private static func size(of path: String) -> Int? {
        var facts = stat()
        return unsafe lstat(path, &facts) == 0 ? Int(facts.st_size) : nil
    }
}
