package import Base
import Dispatch
import Glibc

/// Keeps the pictures below the storage directory within days and bytes: what is too old goes, then the oldest until
/// the rest fits. Only `results` and `images` are touched, and links are never followed.
package struct Retention: Sendable {
    /// One look through the folders.
    package struct Sweep: Sendable, Equatable {
        package var deletedFiles = 0
        package var deletedBytes = 0
        package var keptFiles = 0
        package var keptBytes = 0
        /// Files that could not be deleted.
        package var failures = 0
    }

    package static let folders = ["results", "images"]

    private let storage: String
    private let maxBytes: Int
    private let maxDays: Int
    private let now: @Sendable () -> WallTime
    private let quality: @Sendable () -> TimeQuality
    /// Disk work blocks: it has a queue of its own.
    private let queue = DispatchQueue(label: "retention", qos: .background)

    /// - Parameters:
    ///   - storage: the storage directory, an absolute path.
    ///   - maxBytes: what the pictures may take; the database is the caller's to subtract.
    package init(
        storage: String, maxBytes: Int, maxDays: Int, now: @escaping @Sendable () -> WallTime = { WallTime.now() },
        quality: @escaping @Sendable () -> TimeQuality = { TimeQuality.now() }
    ) {
        self.storage = storage
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
        let trees = Self.folders.map { FileTree.walk("\(storage)/\($0)") }
        let files = trees.flatMap(\.files).sorted { ($0.changed, $0.path) < ($1.changed, $1.path) }
        var sweep = Sweep(keptFiles: files.count, keptBytes: files.reduce(0) { $0 + $1.bytes })
        for file in files where isTooOld(file) || sweep.keptBytes > maxBytes {
            guard unsafe unlink(file.path) == 0 else {
                sweep.failures += 1
                continue
            }
            sweep.deletedFiles += 1
            sweep.deletedBytes += file.bytes
            sweep.keptFiles -= 1
            sweep.keptBytes -= file.bytes
        }
        for tree in trees { removeEmptyFolders(tree.folders) }
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
