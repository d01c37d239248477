import Base
import Control
import Decode
import Gate
import Logging
import Runtime
import Settings

/// The analysis thread: takes the frame that has waited longest, sends it down its camera's pipeline, hands the events on.
/// Owns the network and everything that frames leave behind; nobody else touches them.
final class AnalysisLoop {
    private let network: Network
    private let secondLooks: SecondLooks
    /// For clips at full pace, of which two runs tell the same.
    private let unboundedLooks: SecondLooks
    private let frames: LatestMailbox<CameraName, CameraPicture>
    private let photos: StillImageQueue
    private let cameras: CameraStatusStore
    private let beats: Heartbeats
    private let forecasts: InferenceForecasts
    private let block: AnalysisBlock
    /// That this thread has heeded.
    private var blocks = 0
    private let processors: ActiveProcessors
    private let events: EventQueue
    private let stop: StopSignal
    private let painter: EventPainter
    private let decoder: PictureDecoder
    private let background: StationaryObjectStore
    private let samples: SampleFolder
    /// Cameras that are files have a time of their own.
    private let clips: [CameraName: CameraSettings.Pace]
    private let timings: Timings
    private let logger: Logger
    private var pipelines: [CameraName: CameraPipeline] = [:]
    /// The size of the pictures that each camera sent last.
    private var sizes: [CameraName: PixelSize] = [:]
    /// Of the picture that is being analysed.
    private var trace = FrameTrace(from: MonotonicTime(nanoseconds: 0))

    /// - Parameters:
    ///   - network, painter, decoder: of this thread alone from now on.
    ///   - threads: what all threads share.
    init(
        network: Network, painter: EventPainter, decoder: PictureDecoder,
        frames: LatestMailbox<CameraName, CameraPicture>, forecasts: InferenceForecasts, stop: StopSignal,
        of threads: AnalysisThreads
    ) {
        self.network = network
        secondLooks = SecondLooks(network: network)
        unboundedLooks = SecondLooks(network: network, isBounded: false)
        self.painter = painter
        self.decoder = decoder
        self.frames = frames
        self.forecasts = forecasts
        self.stop = stop
        photos = threads.photos
        cameras = threads.statuses
        block = threads.block
        beats = threads.beats
        processors = threads.processors
        events = threads.queue
        background = threads.background
        samples = threads.samples
        timings = threads.timings
        logger = threads.logger
        clips = Dictionary(
            uniqueKeysWithValues: threads.settings.compactMap { camera in
                camera.source.pace.map { (camera.name, $0) }
            })
        for (camera, _) in cameras.reports {
            pipelines[camera] = CameraPipeline(
                camera: camera, hasOwnTime: clips[camera] != nil, known: background.known(of: camera))
        }
    }

    /// Runs until the stop is requested, looks at what clips have left, and then ends every visit.
    func run() {
        while !stop.isRequested {
            beats.turn()
            if let (camera, picture) = frames.take(within: .milliseconds(100)) { analyse(picture, of: camera) }
            beats.beat(.analysis, .step("a look at a single picture"))
            photos.answerOne(with: network)
            endOrphanedVisits()
        }
        defer { beats.rest(.analysis) }
        photos.close()
        // The last frame of a clip counts; that of a camera is as good as the one that nobody will see.
        while let (camera, picture) = frames.take(within: .zero), cameras.report(of: camera)?.phase == .ended {
            analyse(picture, of: camera)
        }
        endOrphanedVisits()
        for camera in pipelines.keys.sorted() { endVisits(of: camera, .shutdown) }
        events.finish()
    }

    private func analyse(_ picture: CameraPicture, of camera: CameraName) {
        // Nothing could follow from a look now, and it would say that all is well.
        if block.reason != nil { return }
        beats.beat(.analysis, .step("looking for motion"))
        trace = FrameTrace(from: picture.capturedAt)
        let running = takeWork(of: camera, at: picture.capturedAt)
        if background.takeWish(of: camera) { pipelines[camera]?.forgetBackground() }
        let began = MonotonicTime.now()
        let looks = clips[camera] == .full ? unboundedLooks : secondLooks
        let wasWhole = picture.isWhole
        let outcome = pipelines[camera]?.advance(picture, for: running, with: network, looks) {
            decode($0, of: camera)
        }
        forecasts.expect(pipelines[camera]?.forecast(for: running) ?? .always, of: camera)
        trace.ended(trace.took("motion") == nil ? "motion" : "look")
        guard let outcome else { return trace.tell(logger, of: camera, events: 0) }
        beats.beat(.analysis, .step("drawing pictures and handing events on"))
        let frame = outcome.frame
        let took = MonotonicTime.now() - began
        noteSize(of: frame, from: camera)
        timings.note(.inference, trace.took("look"))
        // A whole frame was decoded, and counted, by its camera's thread.
        if !wasWhole { timings.note(.decode, trace.took("decode")) }
        defer {
            trace.ended("told")
            trace.tell(logger, of: camera, events: outcome.events.count)
        }
        cameras.update(camera) { report in
            report.framesAnalysed += 1
            report.secondLooks += outcome.secondLook == .taken ? 1 : 0
            report.secondLooksSkipped += outcome.secondLook == .skipped ? 1 : 0
            report.inferenceMilliseconds = took.inSeconds * 1000
        }
        processors.analysed(running)
        background.note(pipelines[camera]?.known ?? KnownObjects(), of: camera)
        put(outcome.events, of: camera, on: frame)
        for (processor, detection) in pipelines[camera]?.takeSamples() ?? [] {
            guard let cutout = painter.cutout(of: detection, on: frame) else { continue }
            samples.keep(cutout, of: detection, for: processor, at: .now())
        }
    }

    /// Says which input of the network a camera's pictures get, at the start and when the camera changes its format.
    private func noteSize(of frame: Frame, from camera: CameraName) {
        guard sizes.updateValue(frame.size, forKey: camera) != frame.size else { return }
        logger.notice(
            "camera \(camera): \(frame.size) -> \(network.inputShape(for: frame.size))",
            metadata: ["camera": "\(camera)", "picture": "\(frame.size)"])
    }

    /// What runs now, after the visits of sessions that are over have ended.
    private func takeWork(of camera: CameraName, at time: MonotonicTime) -> [ActiveProcessor] {
        let work = processors.take(for: camera)
        for session in work.ended {
            put(pipelines[camera]?.end(session, at: time) ?? [], of: camera)
        }
        return work.running
    }

    /// The whole picture; nil and counted when it is damaged or has no room.
    private func decode(_ picture: CameraPicture, of camera: CameraName) -> Frame? {
        beats.beat(.analysis, .step("decoding a picture"))
        trace.ended("motion")
        // What follows is the network's look at it.
        defer {
            trace.ended("decode")
            beats.beat(.analysis, .step("a look at a picture of \(camera)"))
        }
        do throws(DecodeError) {
            if let frame = try decoder.frame(of: picture) { return frame }
            // Its pool counts it.
        } catch {
            cameras.update(camera) { $0.framesCorrupt += 1 }
        }
        return nil
    }

    /// Visits whose camera fell silent or whose session is over end now, not with the next frame.
    private func endOrphanedVisits() {
        // Nobody knows what has happened meanwhile: visits begin anew.
        let hasBeenBlocked = block.count != blocks
        blocks = block.count
        if hasBeenBlocked { for camera in pipelines.keys.sorted() { forceEnd(of: camera, .cameraLost) } }
        for (camera, report) in cameras.reports {
            _ = takeWork(of: camera, at: .now())
            switch report.phase {
            case .online: break
            case .offline, .gaveUp: endVisits(of: camera, .cameraLost)
            case .ended: endVisits(of: camera, .clipEnded)
            }
        }
    }

    private func endVisits(of camera: CameraName, _ reason: Event.EndReason) {
        // A frame that still waits belongs to the time before.
        guard reason == .shutdown || !frames.holds(camera) else { return }
        forceEnd(of: camera, reason)
    }

    private func forceEnd(of camera: CameraName, _ reason: Event.EndReason) {
        put(pipelines[camera]?.endVisits(reason, at: .now()) ?? [], of: camera)
    }

    private func put(_ found: [Event], of camera: CameraName, on frame: Frame? = nil) {
        // A clip at full pace is as fast as everything that is made of it: none of it is dropped.
        let mayDrop = clips[camera] != .full
        for event in found {
            events.put(event, pictures: frame.flatMap { painter.pictures(of: event, on: $0) }, mayDrop: mayDrop)
        }
    }
}
