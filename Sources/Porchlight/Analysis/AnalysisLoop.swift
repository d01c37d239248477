import Base
import Control
import Decode
import Gate
import Logging

/// The analysis thread: takes the frame that has waited longest, sends it down its camera's pipeline, hands the events on.
/// Owns the network and everything that frames leave behind; nobody else touches them.
final class AnalysisLoop {
    private let network: Network
    private let secondLooks: SecondLooks
    private let frames: LatestMailbox<CameraName, CameraPicture>
    private let photos: StillImageQueue
    private let cameras: CameraStatusStore
    private let processors: ActiveProcessors
    private let events: EventQueue
    private let stop: StopSignal
    private let painter: EventPainter
    private let previewDecoder: LumaPreviewDecoder
    private let background: StationaryObjectStore
    private let samples: SampleFolder
    private let clips: [CameraName: CameraSettings.Pace]
    private let logger: Logger
    private var pipelines: [CameraName: CameraPipeline] = [:]
    /// The size of the pictures that each camera sent last.
    private var sizes: [CameraName: PixelSize] = [:]

    /// - Parameter settings: of all cameras; those that are files have a time of their own.
    init(
        network: Network, painter: EventPainter, previewDecoder: LumaPreviewDecoder,
        frames: LatestMailbox<CameraName, CameraPicture>, photos: StillImageQueue,
        cameras: CameraStatusStore, processors: ActiveProcessors, background: StationaryObjectStore,
        samples: SampleFolder,
        events: EventQueue, settings: [CameraSettings], stop: StopSignal, logger: Logger
    ) {
        self.network = network
        secondLooks = SecondLooks(network: network)
        self.frames = frames
        self.photos = photos
        self.cameras = cameras
        self.processors = processors
        self.events = events
        self.stop = stop
        self.painter = painter
        self.previewDecoder = previewDecoder
        self.background = background
        self.samples = samples
        self.logger = logger
        var clips: [CameraName: CameraSettings.Pace] = [:]
        for camera in settings {
            if case .replay(_, _, let pace) = camera.source { clips[camera.name] = pace }
        }
        self.clips = clips
        for (camera, _) in cameras.reports {
            pipelines[camera] = CameraPipeline(
                camera: camera, hasOwnTime: clips[camera] != nil, known: background.known(of: camera))
        }
    }

    /// Runs until the stop is requested, looks at what clips have left, and then ends every visit.
    func run() {
        while !stop.isRequested {
            if let (camera, picture) = frames.take(within: .milliseconds(100)) { analyse(picture, of: camera) }
            photos.answerOne(with: network)
            endOrphanedVisits()
        }
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
        let running = takeWork(of: camera, at: picture.capturedAt)
        if background.takeWish(of: camera) { pipelines[camera]?.forgetBackground() }
        let began = MonotonicTime.now()
        let outcome = pipelines[camera]?.advance(picture, for: running, with: network, secondLooks) {
            decode($0, of: camera)
        }
        cameras.expect(pipelines[camera]?.forecast(for: running) ?? .always, of: camera)
        guard let outcome else { return }
        let frame = outcome.frame
        let took = MonotonicTime.now() - began
        noteSize(of: frame, from: camera)
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
        do throws(DecodeError) {
            if let frame = try previewDecoder.frame(of: picture) { return frame }
            cameras.update(camera) { $0.framesDropped += 1 }
        } catch {
            cameras.update(camera) { $0.framesCorrupt += 1 }
        }
        return nil
    }

    /// Visits whose camera fell silent or whose session is over end now, not with the next frame.
    private func endOrphanedVisits() {
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
