package import Base
package import Decode
import FoundationEssentials
import Glibc
package import Logging
import Runtime
import Synchronization

/// What AWS's `DataSharingPreference` means on a box that shares with nobody: while a processor opts in, pieces of frames
/// that the network is unsure about, and what the owner calls nobody, are kept in `<storage>/samples/<processor>/`, with the network's guess, in COCO's form,
/// for the owner to correct and to train with. Bounded; opting out deletes them; nothing ever leaves the box.
///
/// A picture's name holds everything that is known of it, so that `annotations.json` can be made from the names at any
/// time: it is written now and then, and a power cut loses nothing.
package final class SampleFolder: NobodyListening, Sendable {
    package struct Bounds: Sendable {
        /// Of one processor.
        package var pictures = 300
        package var bytes = 32 << 20
        /// Of all processors together.
        package var totalBytes: Int

        package init(totalBytes: Int = 64 << 20) { self.totalBytes = totalBytes }
    }

    /// More wait for the disk only when it hangs.
    private static let mostWaiting = 4

    private struct State {
        var sharing: Set<ProcessorName> = []
        var waiting = 0
        var unindexed: Set<ProcessorName> = []
        var visits = VisitCutouts()
        var dropped = 0
    }

    private let root: String
    private let admits: @Sendable (Int) -> Bool
    private let bounds: Bounds
    private let logger: Logger
    private let state = Mutex(State())
    private let disk: DiskQueue

    /// - Parameters:
    ///   - folder: of the storage directory, an absolute path.
    ///   - admits: whether a picture of so many bytes may be written today; what it refuses is counted there.
    package init(
        folder: String, bounds: Bounds = Bounds(), admits: @escaping @Sendable (Int) -> Bool = { _ in true },
        beats: Heartbeats? = nil, logger: Logger
    ) {
        root = folder
        self.admits = admits
        self.bounds = bounds
        disk = DiskQueue("samples", beats: beats)
        self.logger = logger
    }

    /// Samples that could not be kept since the start.
    package var failureCount: Int { state.withLock(\.dropped) }

    /// Takes up what an earlier start has kept, and removes what belongs to nobody who opts in.
    package func begin(with processors: [ProcessorDescription]) {
        let sharing = Set(processors.filter(\.definition.dataSharingOptIn).map(\.definition.name))
        state.withLock { state in
            state.sharing = sharing
            state.unindexed = sharing
        }
        let folders = Set(sharing.map(\.folderName))
        disk.async { [root] in
            for name in (try? FolderListing.names(in: root)) ?? [] where !folders.contains(name) {
                self.remove("\(root)/\(name)")
            }
        }
    }

    /// A processor is as it is now: opting out deletes.
    package func follow(_ processor: ProcessorDescription) {
        let name = processor.definition.name
        let isSharing = processor.definition.dataSharingOptIn
        let hasChanged = state.withLock { state in
            isSharing ? state.sharing.insert(name).inserted : state.sharing.remove(name) != nil
        }
        if hasChanged, !isSharing { forget(name) }
    }

    package func forget(_ processor: ProcessorName) {
        state.withLock { state in
            state.sharing.remove(processor)
            state.unindexed.remove(processor)
            state.visits.forget { $0.processor == processor }
        }
        disk.async { self.remove(self.folder(of: processor)) }
    }

    /// Deletes what was kept of a processor in a span of time.
    /// - Returns: how many pictures went.
    package func erase(of processor: ProcessorName, from start: WallTime, until end: WallTime) async -> Int {
        state.withLock { state in
            state.visits.forget { entry in
                entry.processor == processor && entry.time.milliseconds >= start.milliseconds
                    && entry.time.milliseconds <= end.milliseconds
            }
        }
        return await withCheckedContinuation { done in
            disk.async {
                let images = self.folder(of: processor) + "/images"
                let doomed = Self.names(in: images).filter { name in
                    SampleName(reading: name).map { ($0.time >= start.milliseconds) && ($0.time <= end.milliseconds) }
                        ?? false
                }
                let count = doomed.count { unsafe unlink("\(images)/\($0)") == 0 }
                if count > 0 {
                    self.state.withLock { _ = $0.unindexed.insert(processor) }
                    self.indexNow()
                }
                done.resume(returning: count)
            }
        }
    }

    package func isKept(of processor: ProcessorName) -> Bool { state.withLock { $0.sharing.contains(processor) } }

    /// Keeps one sample, if its processor opts in; the oldest go when there are too many. Returns at once.
    package func keep(_ cutout: Cutout, of detection: Detection, for processor: ProcessorName, at time: WallTime) {
        keep(cutout, as: SampleName(cutout, detection, at: time).text, for: processor)
    }

    /// How a visit looks, in case that the owner calls it nobody.
    package func note(
        _ cutout: Cutout, of detection: Detection, ofVisit id: String, for processor: ProcessorName, at time: WallTime
    ) {
        state.withLock { state in
            guard state.sharing.contains(processor) else { return }
            state.visits.note(
                .init(visit: id, processor: processor, cutout: cutout, detection: detection, time: time))
        }
    }

    /// Keeps what this visit looked like as a picture in which the network should see nothing. Nothing happens when the
    /// processor does not opt in, or the picture is no longer in memory.
    package func callNobody(visit id: String) {
        guard let entry = state.withLock({ $0.visits.take(ofVisit: id) }) else { return }
        let name = SampleName(entry.cutout, entry.detection, nobodyOf: id, at: entry.time)
        keep(entry.cutout, as: name.text, for: entry.processor)
    }

    /// It was somebody after all: what was kept of the visit as nobody goes.
    package func takeBackNobody(visit id: String) {
        let mark = SampleName.mark(ofVisit: id)
        disk.async {
            for processor in self.state.withLock(\.sharing) {
                let images = self.folder(of: processor) + "/images"
                for name in Self.names(in: images) where name.split(separator: "-").contains(mark[...]) {
                    _ = unsafe unlink("\(images)/\(name)")
                    self.state.withLock { _ = $0.unindexed.insert(processor) }
                }
            }
            self.indexNow()
        }
    }

    private func keep(_ cutout: Cutout, as name: String, for processor: ProcessorName) {
        let isWelcome = state.withLock { state in
            guard state.sharing.contains(processor) else { return false }
            guard state.waiting < Self.mostWaiting else {
                state.dropped += 1
                return false
            }
            state.waiting += 1
            return true
        }
        guard isWelcome else { return }
        disk.async {
            defer { self.state.withLock { $0.waiting -= 1 } }
            // Somebody may have opted out meanwhile.
            guard self.state.withLock({ $0.sharing.contains(processor) }), self.admits(cutout.jpeg.count) else {
                return
            }
            self.write(cutout.jpeg, name, for: processor)
        }
    }

    /// Writes `annotations.json` where pictures came or went since the last time.
    package func index() { disk.async { self.indexNow() } }

    /// The program ends.
    package func finish() { disk.sync { indexNow() } }

    // MARK: - On the disk's queue

    private func folder(of processor: ProcessorName) -> String { "\(root)/\(processor.folderName)" }

    private func write(_ jpeg: [UInt8], _ name: String, for processor: ProcessorName) {
        let images = folder(of: processor) + "/images"
        do {
            try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
            try WholeFile.write(jpeg, to: "\(images)/\(name)", .eventual)
            state.withLock { _ = $0.unindexed.insert(processor) }
            keepBounds(of: [processor], pictures: bounds.pictures, bytes: bounds.bytes)
            let all = state.withLock { $0.sharing }
            keepBounds(of: all, pictures: .max, bytes: bounds.totalBytes)
        } catch {
            let isFirst = state.withLock { state in
                state.dropped += 1
                return state.dropped == 1
            }
            if isFirst {
                logger.warning("a sample cannot be kept", metadata: ["folder": "\(images)", "error": "\(error)"])
            }
        }
    }

    /// The oldest of these processors' pictures go, until the rest is within the bounds.
    private func keepBounds(of processors: Set<ProcessorName>, pictures: Int, bytes: Int) {
        var kept = processors.flatMap { processor in
            let images = folder(of: processor) + "/images"
            return Self.names(in: images).map { (name: $0, path: "\(images)/\($0)", of: processor) }
        }
        // Names begin with the time.
        kept.sort { $0.name < $1.name }
        let sizes = kept.map { picture in
            var facts = stat()
            return unsafe lstat(picture.path, &facts) == 0 ? Int(facts.st_size) : 0
        }
        var (count, sum) = (kept.count, sizes.reduce(0, +))
        for (picture, size) in zip(kept, sizes) where count > pictures || sum > bytes {
            _ = unsafe unlink(picture.path)
            state.withLock { _ = $0.unindexed.insert(picture.of) }
            count -= 1
            sum -= size
        }
    }

    private func indexNow() {
        for processor in state.withLock({ state in
            defer { state.unindexed = [] }
            return state.unindexed
        }) {
            let folder = folder(of: processor)
            let samples = Self.names(in: folder + "/images").compactMap(SampleName.init(reading:))
            let path = folder + "/annotations.json"
            let text = SampleName.coco(samples).jsonBytes
            guard !samples.isEmpty, (try? readFile(path, atMost: text.count)) != text else { continue }
            do throws(SystemError) { try WholeFile.write(text, to: path, .eventual) } catch {
                logger.warning("samples are kept without their labels", metadata: ["error": "\(error)"])
                state.withLock { _ = $0.unindexed.insert(processor) }
            }
        }
    }

    private func remove(_ folder: String) {
        guard FileManager.default.fileExists(atPath: folder) else { return }
        do {
            try FileManager.default.removeItem(atPath: folder)
            logger.notice("samples deleted", metadata: ["folder": "\(folder)"])
        } catch {
            logger.error("samples cannot be deleted", metadata: ["folder": "\(folder)", "error": "\(error)"])
        }
    }

    private static func names(in images: String) -> [String] {
        ((try? FolderListing.names(in: images)) ?? []).filter { $0.hasSuffix(".jpg") }.sorted()
    }
}
