import Base
import Control
import Decode
import Gate
import Logging
import Runtime

/// Tells everybody what the looks at cameras' pictures have shown, and keeps the analysis' heartbeat and times. Used by the
/// analysis thread.
final class LookReporter: CameraLookListener {
    private let painter: EventPainter
    private let decoder: PictureDecoder
    private let models: ModelSet
    private let forecasts: InferenceForecasts
    private let cameras: CameraStatusStore
    private let block: AnalysisBlock
    private let beats: Heartbeats
    private let processors: ActiveProcessors
    private let events: EventQueue
    private let records: FaceRecordQueue
    private let background: StationaryObjectStore
    private let samples: SampleFolder
    private let watched: LookBoard
    private let timings: Timings
    private let logger: Logger
    /// Clips at full pace: they are as fast as everything that is made of them, and nothing of it is dropped.
    private let unbounded: Set<CameraName>
    /// The size of the pictures that each camera sent last.
    private var sizes: [CameraName: PixelSize] = [:]

    /// - Parameters:
    ///   - painter, decoder, models: of this thread alone from now on.
    ///   - threads: what all threads share.
    init(
        _ painter: EventPainter, _ decoder: PictureDecoder, _ models: ModelSet,
        _ forecasts: InferenceForecasts, of threads: AnalysisThreads
    ) {
        self.painter = painter
        self.decoder = decoder
        self.models = models
        self.forecasts = forecasts
        cameras = threads.statuses
        block = threads.block
        beats = threads.beats
        processors = threads.processors
        events = threads.queue
        records = threads.records
        background = threads.background
        samples = threads.samples
        watched = threads.watched
        timings = threads.timings
        logger = threads.logger
        unbounded = threads.camerasAtFullPace
    }

    /// While nobody can be told, a look would say that all is well.
    var mayLook: Bool { block.reason == nil }

    func work(of camera: CameraName) -> ActiveProcessors.Work { processors.take(for: camera) }

    func forgetsBackground(of camera: CameraName) -> Bool { background.takeWish(of: camera) }

    func isWatched(_ camera: CameraName) -> Bool { watched.isWatched(camera) }

    func decode(_ picture: CameraPicture, as form: PictureForm, of camera: CameraName) -> Bool {
        countingDamage(of: camera) { () throws(DecodeError) in try decoder.decode(picture, as: form) } ?? false
    }

    /// Nil for a picture that is damaged; one without room is counted by its pool.
    private func countingDamage<R>(of camera: CameraName, _ decode: () throws(DecodeError) -> R?) -> R? {
        do throws(DecodeError) { return try decode() } catch {
            cameras.update(camera) { $0.framesCorrupt += 1 }
            return nil
        }
    }

    func decode(_ picture: CameraPicture, of camera: CameraName, _ trace: inout FrameTrace) -> Frame? {
        beats.beat(.analysis, .step("decoding a picture"))
        trace.ended("motion")
        let wasWhole = picture.isWhole
        // What follows is the network's look at it.
        defer {
            trace.ended("decode")
            // A whole frame was decoded, and counted, by its camera's thread.
            if !wasWhole { timings.note(.decode, trace.took("decode")) }
            beats.beat(.analysis, .step("a look at a picture of \(camera)"))
        }
        return countingDamage(of: camera) { () throws(DecodeError) in try decoder.frame(of: picture) }
    }

    func hasPassedOver(_ camera: CameraName, _ forecast: InferenceForecast, _ trace: FrameTrace) {
        forecasts.expect(forecast, of: camera)
        trace.tell(logger, of: camera, events: 0)
    }

    func hasLooked(_ look: CameraLooks.Finished) {
        let camera = look.camera
        forecasts.expect(look.forecast, of: camera)
        beats.beat(.analysis, .step("drawing pictures and handing events on"))
        noteSize(of: look.frame, from: camera)
        timings.note(.inference, look.trace.took("look"))
        cameras.update(camera) { report in
            report.framesAnalysed += 1
            report.secondLooks += look.secondLook == .taken ? 1 : 0
            report.secondLooksSkipped += look.secondLook == .skipped ? 1 : 0
            report.inferenceMilliseconds = look.took.inSeconds * 1000
        }
        processors.analysed(look.processors)
        background.note(look.known, of: camera)
        put(look.events, of: camera, on: look.frame)
        for record in look.records { records.put(record) }
        for (processor, detection) in look.samples {
            guard let cutout = painter.cutout(of: detection, on: look.frame) else { continue }
            samples.keep(cutout, of: detection, for: processor, at: .now())
        }
        for event in look.events where event.phase != .ended { noteLook(of: event, on: look.frame) }
        if let seen = look.seen { watched.show(seen) }
        var trace = look.trace
        trace.ended("told")
        trace.tell(logger, of: camera, events: look.events.count)
    }

    func sees(_ view: CameraView, of camera: CameraName) {
        guard cameras.phase(of: camera) == .online, cameras.view(of: camera) != view else { return }
        let before = cameras.view(of: camera)?.troubles ?? []
        cameras.update(camera) { $0.view = view }
        for trouble in view.troubles where !before.contains(trouble) {
            logger.warning("camera in trouble", metadata: ["camera": "\(camera)", "what": "\(trouble.words)"])
        }
    }

    func tell(_ events: [Event], of camera: CameraName) { put(events, of: camera, on: nil) }

    /// Says which input of the network a camera's pictures get, at the start and when the camera changes its format.
    private func noteSize(of frame: Frame, from camera: CameraName) {
        guard sizes.updateValue(frame.size, forKey: camera) != frame.size else { return }
        logger.notice(
            "camera \(camera): \(frame.size) -> \(models.detector.inputShape(for: frame.size))",
            metadata: ["camera": "\(camera)", "picture": "\(frame.size)"])
    }

    private func noteLook(of event: Event, on frame: Frame) {
        guard samples.isKept(of: event.processor) else { return }
        let detection = Detection(
            label: event.label, className: event.label.rawValue.lowercased(), confidence: event.confidence,
            box: event.box)
        guard let cutout = painter.cutout(of: detection, on: frame) else { return }
        samples.note(cutout, of: detection, ofVisit: event.id, for: event.processor, at: .now())
    }

    private func put(_ found: [Event], of camera: CameraName, on frame: Frame?) {
        let mode = processors.mode
        for var event in found {
            event.mode = mode
            events.put(
                event, pictures: frame.flatMap { painter.pictures(of: event, on: $0) },
                mayDrop: !unbounded.contains(camera))
        }
    }
}
