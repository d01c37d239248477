package import Base
import Dispatch
import FoundationEssentials
import Glibc
import Runtime
import Synchronization

/// Keeps the best picture of each visit: in memory while the visit goes on, then as
/// `<storage>/images/<processor>/<visit>.jpg`. A better one comes each second while somebody walks about: written one by one
/// they would wear out an SD card. The store's retention bounds the files.
package final class VisitImages: Sendable {
    /// Of open visits; the picture that has waited longest is written when there are more.
    fileprivate static let mostOpen = 32
    fileprivate static let mostOpenBytes = 8 << 20

    fileprivate struct Open {
        var processor: ProcessorName
        var jpeg: [UInt8]
        /// This one lies on the disk.
        var isWritten = false
    }

    fileprivate struct State {
        var open: [String: Open] = [:]
        /// Ids of `open`, in the order in which their pictures came.
        var order: [String] = []
    }

    private let folder: String
    private let admits: @Sendable (Int) -> Bool
    private let state = Mutex(State())
    private let disk = DispatchQueue(label: "images")
    private let failures = Atomic(0)

    /// - Parameters:
    ///   - folder: of the storage directory, an absolute path.
    ///   - admits: whether a picture of so many bytes may be written today; what it refuses is counted there.
    package init(folder: String, admits: @escaping @Sendable (Int) -> Bool) {
        self.folder = folder
        self.admits = admits
    }

    /// Pictures that could not be written.
    package var failureCount: Int { failures.load(ordering: .relaxed) }

    /// Takes the picture of one step of a visit, and writes the best one when the visit ends.
    /// - Returns: its path below the storage directory, once there is a file.
    package func keep(_ event: Event, _ jpeg: [UInt8]?) async -> String? {
        if let jpeg { await hold(jpeg, event) }
        guard event.phase == .ended else { return jpeg == nil ? await onDisk { self.existing(event) } : nil }
        return await onDisk {
            let last = self.state.withLock { $0.take(event.id) }
            if let last, !last.isWritten { self.write(last, event.id) }
            return self.existing(event)
        }
    }

    /// Writes the pictures of visits that are still open: of a parcel that lies there for hours a power cut takes no more than
    /// what came since the last call.
    package func writeOpen() async {
        await onDisk {
            for (visit, picture) in self.state.withLock(\.open) where !picture.isWritten {
                if self.write(picture, visit) { self.state.withLock { $0.open[visit]?.isWritten = true } }
            }
        }
    }

    /// The picture of a visit, whichever processor saw it.
    package func picture(ofVisit id: String) async -> [UInt8]? {
        guard let file = Self.fileName(of: id) else { return nil }
        if let open = state.withLock({ $0.open[id]?.jpeg }) { return open }
        return await onDisk { [folder] in
            Self.paths(of: [file], below: folder).first.flatMap { try? readFile($0, atMost: Self.mostBytes) }
        }
    }

    /// - Returns: how many pictures went, and whether one of them is still there.
    package func erase(visits: [String]) async -> (count: Int, isComplete: Bool) {
        let files = Set(visits.compactMap(Self.fileName))
        return await onDisk { [folder] in
            let held = self.state.withLock { state in visits.compactMap { state.take($0) }.count { !$0.isWritten } }
            let paths = Self.paths(of: files, below: folder)
            let count = paths.count { unsafe unlink($0) == 0 }
            return (held + count, count == paths.count)
        }
    }

    // MARK: - In memory

    private func hold(_ jpeg: [UInt8], _ event: Event) async {
        let crowded = state.withLock { state -> [(id: String, picture: Open)] in
            _ = state.take(event.id)
            state.open[event.id] = Open(processor: event.processor, jpeg: jpeg)
            state.order.append(event.id)
            var crowded: [(id: String, picture: Open)] = []
            while let oldest = state.order.first, state.isTooMuch, let picture = state.take(oldest) {
                crowded.append((oldest, picture))
            }
            return crowded
        }
        guard !crowded.isEmpty else { return }
        await onDisk { for (id, picture) in crowded where !picture.isWritten { self.write(picture, id) } }
    }

    // MARK: - On the disk's queue

    @discardableResult
    private func write(_ picture: Open, _ visit: String) -> Bool {
        guard admits(picture.jpeg.count) else { return false }
        let path = path(picture.processor, visit)
        do {
            try FileManager.default.createDirectory(
                at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try WholeFile.write(picture.jpeg, to: path, .eventual)
            return true
        } catch {
            failures.add(1, ordering: .relaxed)
            return false
        }
    }

    private func existing(_ event: Event) -> String? {
        unsafe access(path(event.processor, event.id), F_OK) == 0
            ? "images/\(event.processor.folderName)/\(event.id).jpg" : nil
    }

    private func path(_ processor: ProcessorName, _ visit: String) -> String {
        "\(folder)/\(processor.folderName)/\(visit).jpg"
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

    /// File access blocks; the cooperative pool must not.
    private func onDisk<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { done in disk.async { done.resume(returning: body()) } }
    }
}

extension VisitImages.State {
    fileprivate mutating func take(_ visit: String) -> VisitImages.Open? {
        order.removeAll { $0 == visit }
        return open.removeValue(forKey: visit)
    }

    fileprivate var isTooMuch: Bool {
        order.count > VisitImages.mostOpen || open.values.reduce(0) { $0 + $1.jpeg.count } > VisitImages.mostOpenBytes
    }
}
