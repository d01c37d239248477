import Base
import Decode
import Runtime

/// Makes JPEGs of what cameras showed, one after the other on a thread of its own: it takes milliseconds, and megabytes that stay
/// with the thread that had them.
final class SnapshotEncoder: Sendable {
    private static let quality = 85

    private struct Job: Sendable {
        var make: @Sendable () -> Snapshot?
        var done: @Sendable (Snapshot?) -> Void
    }

    private struct Work: Sendable {
        var jobs: [Job] = []
        var hasThread = false
    }

    private let work = Monitor(Work())

    /// The whole picture. Those who ask for the same one share it.
    /// - Returns: nil for a picture that is damaged or for which there is no room.
    func snapshot(of picture: CameraPicture) async -> Snapshot? {
        await withCheckedContinuation { asked in
            take(
                Job {
                    let jpeg = try? picture.sharedJPEG {
                        try PictureDecoder().frame(of: picture).map {
                            try JPEGEncoder().encode($0, quality: Self.quality)
                        }
                    }
                    return jpeg.map { Snapshot(jpeg: $0, capturedAt: picture.capturedAt) }
                } done: {
                    asked.resume(returning: $0)
                })
        }
    }

    /// A small one, for whoever keeps it.
    /// - Parameter keep: called on the thread; not called for a picture that is damaged or for which there is no room.
    func makeSmall(_ picture: CameraPicture, keep: @escaping @Sendable (Snapshot) -> Void) {
        take(
            Job {
                guard let frame = try? PictureDecoder().frame(of: picture) else { return nil }
                let jpeg = try? JPEGEncoder().encode(
                    frame, mostSide: UsualPictures.mostSide, mostBytes: UsualPictures.mostBytes)
                return jpeg.map { Snapshot(jpeg: $0, capturedAt: picture.capturedAt) }
            } done: {
                if let small = $0 { keep(small) }
            })
    }

    // MARK: - The thread

    /// There are never more jobs than callers, who are bounded, and cameras.
    private func take(_ job: Job) {
        let needsThread = work.change { work in
            work.jobs.append(job)
            defer { work.hasThread = true }
            return !work.hasThread
        }
        guard needsThread else { return }
        do throws(SystemError) { _ = try NamedThread("snapshots") { [work] in Self.run(work) } } catch {
            // The kernel has no thread for us now: these get nothing, and the next one tries again.
            let left = work.change { work in
                defer { work = Work() }
                return work.jobs
            }
            for job in left { job.done(nil) }
        }
    }

    private static func run(_ work: Monitor<Work>) {
        while true {
            let job = work.wait(atMost: .seconds(3600)) { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
            if let job { job.done(job.make()) }
        }
    }
}
