import Base
import Decode
import Logging
import Runtime
import Settings

/// The analysis thread: does what the scheduler says is next, one work at a time, and ends visits whose time is over.
/// Owns the networks and everything that frames leave behind; nobody else touches them.
final class AnalysisLoop {
    private let scheduler: InferenceScheduler
    private let looks: CameraLooks
    private let stillImages: StillImageQueue
    private let statuses: CameraStatusStore
    private let block: AnalysisBlock
    private let beats: Heartbeats
    private let events: EventQueue
    private let stop: StopSignal
    private let models: ModelSet
    /// That this thread has heeded.
    private var blocks = 0

    /// - Parameters:
    ///   - models, painter, decoder: of this thread alone from now on.
    ///   - threads: what all threads share.
    init(
        models: ModelSet, painter: EventPainter, decoder: PictureDecoder, frames: CameraLooks.Mailbox,
        forecasts: InferenceForecasts, stop: StopSignal, of threads: AnalysisThreads
    ) {
        self.stop = stop
        self.models = models
        stillImages = threads.stillImages
        statuses = threads.statuses
        block = threads.block
        beats = threads.beats
        events = threads.queue
        let pipelines = threads.settings.map { camera in
            CameraPipeline(
                camera: camera.name, hasOwnTime: camera.source.pace != nil,
                isWatched: camera.source.pace != .full, tools: threads.tools,
                known: threads.background.known(of: camera.name))
        }
        let secondLooks = SecondLooks(threads.work)
        let faceLooks = FaceLooks(threads.work) { [logger = threads.logger] why in
            logger.error("faces are not looked for", metadata: ["why": "\(why)"])
        }
        looks = CameraLooks(
            pipelines, frames, secondLooks, faceLooks, threads.work, unbounded: threads.camerasAtFullPace,
            listener: LookReporter(painter, decoder, models, forecasts, of: threads))
        scheduler = InferenceScheduler(
            models: models, clients: [secondLooks, faceLooks, looks, stillImages], counters: threads.work, beats: beats)
    }

    /// Runs until the stop is requested, looks at what clips have left, and then ends every visit.
    func run() {
        while !stop.isRequested {
            beats.turn()
            scheduler.turn(within: .milliseconds(100))
            beats.beat(.analysis, .step("ending visits"))
            endOrphanedVisits()
            models.faces.releaseUnused(at: .now())
        }
        defer { beats.rest(.analysis) }
        stillImages.close()
        // The last frame of a clip counts; that of a camera is as good as the one that nobody will see.
        looks.bar(looks.cameras.filter { statuses.report(of: $0)?.phase != .ended })
        while scheduler.turn(within: .zero) {}
        endOrphanedVisits()
        for camera in looks.cameras { looks.endVisits(of: camera, .shutdown) }
        events.finish()
    }

    /// Visits whose camera fell silent or whose session is over end now, not with the next frame.
    private func endOrphanedVisits() {
        // Nobody knows what has happened meanwhile: visits begin anew.
        let hasBeenBlocked = block.count != blocks
        blocks = block.count
        if hasBeenBlocked { for camera in looks.cameras { looks.endVisits(of: camera, .cameraLost) } }
        for (camera, report) in statuses.reports {
            looks.endSessions(of: camera)
            switch report.phase {
            case .online: break
            case .offline, .gaveUp: endVisits(of: camera, .cameraLost)
            case .ended: endVisits(of: camera, .clipEnded)
            }
        }
    }

    private func endVisits(of camera: CameraName, _ reason: Event.EndReason) {
        // A frame that still waits belongs to the time before.
        if !looks.isBusy(with: camera) { looks.endVisits(of: camera, reason) }
    }
}
