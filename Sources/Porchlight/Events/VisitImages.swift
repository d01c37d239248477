import Base
import Dispatch
import FoundationEssentials
import Glibc
import Runtime
import Synchronization

/// Keeps the best picture of each visit as `<storage>/images/<processor>/<visit>.jpg`; the store's retention bounds them.
final class VisitImages: Sendable {
    private let folder: String
    private let disk = DispatchQueue(label: "images")
    private let failures = Atomic(0)

    /// - Parameter folder: of the storage directory, an absolute path.
    init(folder: String) { self.folder = folder }

    /// Pictures that could not be written.
    var failureCount: Int { failures.load(ordering: .relaxed) }

    /// The path below the storage directory, when there is a picture of the visit.
    func keep(_ item: EventQueue.Item) async -> String? {
        let name = "\(item.event.processor.folderName)/\(item.event.id).jpg"
        guard let picture = item.pictures?.shown else {
            return item.event.phase == .started ? nil : await exists(name) ? "images/\(name)" : nil
        }
        return await write(picture, name) ? "images/\(name)" : nil
    }

    /// The picture of a visit, whichever processor saw it.
    func picture(ofVisit id: String) async -> [UInt8]? {
        guard let file = Self.fileName(of: id) else { return nil }
        return await onDisk { [folder] in
            Self.paths(of: [file], below: folder).first.flatMap { try? readFile($0, atMost: Self.mostBytes) }
        }
    }

    /// - Returns: how many pictures went, and whether one of them is still there.
    func erase(visits: [String]) async -> (count: Int, isComplete: Bool) {
        let files = Set(visits.compactMap(Self.fileName))
        return await onDisk { [folder] in
            let paths = Self.paths(of: files, below: folder)
            let count = paths.count { unsafe unlink($0) == 0 }
            return (count, count == paths.count)
        }
    }

    /// More than a picture ever has.
    private static let mostBytes = 8 << 20

    /// Nil for what is no visit's id.
    private static func fileName(of visit: String) -> String? {
        let isID = !visit.isEmpty && visit.utf8.count <= 64 && visit.utf8.allSatisfy(\.isNameCharacter)
        return isID ? "\(visit).jpg" : nil
    }

    private static func paths(of files: Set<String>, below folder: String) -> [String] {
        ((try? FolderListing.names(in: folder)) ?? []).flatMap { processor in
            ((try? FolderListing.names(in: "\(folder)/\(processor)")) ?? []).filter(files.contains)
                .map { "\(folder)/\(processor)/\($0)" }
        }
    }

    private func exists(_ name: String) async -> Bool {
        await onDisk { [folder] in FileManager.default.fileExists(atPath: "\(folder)/\(name)") }
    }

    private func write(_ bytes: [UInt8], _ name: String) async -> Bool {
        let path = "\(folder)/\(name)"
        let isWritten = await onDisk {
            do {
                try FileManager.default.createDirectory(
                    at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
                try WholeFile.write(bytes, to: path, .eventual)
                return true
            } catch {
                return false
            }
        }
        if !isWritten { failures.add(1, ordering: .relaxed) }
        return isWritten
    }

    /// File access blocks; the cooperative pool must not.
    private func onDisk<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { done in disk.async { done.resume(returning: body()) } }
    }
}
