package import Base
import Dispatch
import Glibc

/// Keeps the storage directory within days and bytes: pictures that are too old go, then the oldest until they fit beside
/// everything else there. Only the folders that make room are touched, and links are never followed.
package struct Retention: Sendable {
    /// One look through the folders.
    package struct Sweep: Sendable, Equatable {
        package var deletedFiles = 0
        package var deletedBytes = 0
        package var keptFiles = 0
        package var keptBytes = 0
        /// Files that could not be deleted.
        package var failures = 0
        /// What each entry of the storage directory takes, in bytes.
        package var usage: [StorageEntry: Int] = [:]
        /// Of the file system that the directory lies on; nil when it does not tell.
        package var disk: DiskSpace?
    }

    private let layout: StorageLayout
    private let maxBytes: Int
    private let maxDays: Int
    private let now: @Sendable () -> WallTime
    private let quality: @Sendable () -> TimeQuality
    /// Disk work blocks: it has a queue of its own.
    private let queue = DispatchQueue(label: "retention", qos: .background)

    /// - Parameters:
    ///   - maxBytes: what everything in the directory may take together.
    package init(
        _ layout: StorageLayout, maxBytes: Int, maxDays: Int,
        now: @escaping @Sendable () -> WallTime = { WallTime.now() },
        quality: @escaping @Sendable () -> TimeQuality = { TimeQuality.now() }
    ) {
        self.layout = layout
        self.maxBytes = max(0, maxBytes)
        self.maxDays = maxDays
        self.now = now
        self.quality = quality
    }

    package func sweep() async -> Sweep {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: sweepNow()) }
        }
    }

    private func sweepNow() -> Sweep {
        let others = StorageEntry.allCases.filter { !StorageEntry.makingRoom.contains($0) }
        var sweep = Sweep(usage: Dictionary(uniqueKeysWithValues: others.map { ($0, layout.usage(of: $0)) }))
        let left = max(0, maxBytes - sweep.usage.values.reduce(0, +))
        let trees = StorageEntry.makingRoom.map { ($0, FileTree.walk(layout.path(of: $0))) }
        for (entry, tree) in trees { sweep.usage[entry] = tree.files.reduce(0) { $0 + $1.bytes } }
        let files = trees.flatMap { entry, tree in tree.files.map { (entry: entry, file: $0) } }
            .sorted { ($0.file.changed, $0.file.path) < ($1.file.changed, $1.file.path) }
        sweep.keptFiles = files.count
        sweep.keptBytes = files.reduce(0) { $0 + $1.file.bytes }
        for (entry, file) in files where isTooOld(file) || sweep.keptBytes > left {
            guard unsafe unlink(file.path) == 0 else {
                sweep.failures += 1
                continue
            }
            sweep.deletedFiles += 1
            sweep.deletedBytes += file.bytes
            sweep.keptFiles -= 1
            sweep.keptBytes -= file.bytes
            sweep.usage[entry, default: 0] -= file.bytes
        }
        for (_, tree) in trees { removeEmptyFolders(tree.folders) }
        sweep.disk = DiskSpace(of: layout.directory)
        return sweep
    }

    /// Nothing is too old while the clock cannot be trusted.
    private func isTooOld(_ file: FileTree.File) -> Bool {
        // A file with an older stamp was written before the clock was set, so its age is not known.
        guard quality() == .synchronized, WallTime(milliseconds: Int64(file.changed) * 1000).isPlausible
        else { return false }
        return now().milliseconds / 1000 - Int64(file.changed) > Int64(maxDays) * 86_400
    }

    /// Deepest first; `rmdir` refuses those that hold something, which is what is wanted. A folder that was made in
    /// the last hour may be about to get its first file.
    private func removeEmptyFolders(_ folders: [String]) {
        for folder in folders.reversed() {
            var facts = stat()
            guard unsafe lstat(folder, &facts) == 0,
                now().milliseconds / 1000 - Int64(facts.st_mtim.tv_sec) > 3600
            else { continue }
            _ = unsafe rmdir(folder)
        }
    }
}
