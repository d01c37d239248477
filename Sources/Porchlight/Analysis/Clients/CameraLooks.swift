package import Base
package import Control
package import Decode
package import Gate
import Interpret
package import Runtime

/// What the looks at cameras' pictures are done for: says for whom, decodes, and hears what came of them. Used by the
/// analysis thread.
package protocol CameraLookListener: AnyObject {
    /// False when nothing can follow from a look now.
    var mayLook: Bool { get }
    /// What runs now, and the sessions that have ended since the last call.
    func work(of camera: CameraName) -> ActiveProcessors.Work
    /// Whether what the camera has learned may be a visitor again. Told once.
    func forgetsBackground(of camera: CameraName) -> Bool
    /// Somebody wants to see what the look that ends now has seen.
    func isWatched(_ camera: CameraName) -> Bool
    /// Decodes so much of a picture of which nothing has been decoded: the camera's thread left it to whoever takes it.
    /// - Returns: false when that cannot be.
    func decode(_ picture: CameraPicture, as form: PictureForm, of camera: CameraName) -> Bool
    /// The whole picture; nil when that cannot be.
    func decode(_ picture: CameraPicture, of camera: CameraName, _ trace: inout FrameTrace) -> Frame?
    /// Nothing moved, or the picture could not be decoded.
    func hasPassedOver(_ camera: CameraName, _ forecast: InferenceForecast, _ trace: FrameTrace)
    func hasLooked(_ look: CameraLooks.Finished)
    /// How the pictures are, told with each of them.
    func sees(_ view: CameraView, of camera: CameraName)
    /// Visits that ended without a picture.
    func tell(_ events: [Event], of camera: CameraName)
}

/// The first looks at cameras' pictures, one picture waiting for each camera, and all that follows from them: each camera's
/// pipeline. A look that asks for a second one, or for faces, is finished by the answer; until then its camera's next picture
/// waits.
package final class CameraLooks: InferenceClient {
    /// No picture is too late: a newer one takes its place, and the last one of a camera that was cut off may be the one
    /// that matters.
    package static let kind = WorkKind(
        name: "camera_look", words: "looking for motion", capacity: nil, deadline: nil, patience: 2)

    package typealias Mailbox = LatestMailbox<CameraName, CameraPicture>

    /// A look with all that came of it.
    package struct Finished {
        package var camera: CameraName
        package var frame: Frame
        package var events: [Event]
        package var samples: [(processor: ProcessorName, detection: Detection)]
        /// What face searches tell of it.
        package var records: [FaceRecord]
        /// What it has seen; nil when nobody watches.
        package var seen: SeenLook?
        package var secondLook: SecondLooks.Outcome
        package var processors: [ActiveProcessor]
        package var known: KnownObjects
        package var forecast: InferenceForecast
        /// From its beginning on.
        package var took: Duration
        package var trace: FrameTrace
    }

    /// The network has looked at the whole picture.
    private struct OpenLook {
        var look: CameraPipeline.Look
        /// All that was found so far.
        var found: [Detection]
        var secondLook = SecondLooks.Outcome.notNeeded
        var began: MonotonicTime
        var trace: FrameTrace
    }

    /// The pictures that wait.
    private let pictures: Mailbox
    private let secondLooks: SecondLooks
    private let faceLooks: FaceLooks
    private let counters: WorkCounters
    private let listener: any CameraLookListener
    /// Clips at full pace.
    private let unbounded: Set<CameraName>
    private var pipelines: [CameraName: CameraPipeline] = [:]
    private var open: [CameraName: OpenLook] = [:]
    /// Cameras whose pictures wait until something else is done, or for ever.
    private var barred: Set<CameraName> = []

    /// - Parameters:
    ///   - pictures: made by `mailbox`.
    ///   - unbounded: cameras whose second looks are all taken: their visits must be the same on every box.
    package init(
        _ pipelines: [CameraPipeline], _ pictures: Mailbox, _ secondLooks: SecondLooks, _ faceLooks: FaceLooks,
        _ counters: WorkCounters, unbounded: Set<CameraName>, listener: any CameraLookListener
    ) {
        self.pictures = pictures
        self.secondLooks = secondLooks
        self.faceLooks = faceLooks
        self.counters = counters
        self.unbounded = unbounded
        self.listener = listener
        for pipeline in pipelines { self.pipelines[pipeline.camera] = pipeline }
        secondLooks.onAnswer = { [weak self] crop, seen in self?.goOn(crop, seen) }
        faceLooks.onAnswer = { [weak self] search, seen in self?.goOn(search, seen) }
    }

    /// Where cameras put their pictures.
    package static func mailbox(_ counters: WorkCounters) -> Mailbox {
        Mailbox { hasReplaced in counters.note(hasReplaced ? .refused : .arrived, of: kind) }
    }

    package var isWaiting: Bool { pictures.holdsAny(except: barred) }

    package func answerLate(at now: MonotonicTime) {}

    package func performOne(with models: ModelSet) {
        guard let (camera, picture) = pictures.take(except: barred) else { return }
        counters.note(.taken, of: Self.kind)
        if listener.mayLook { begin(picture, of: camera, with: models) }
    }

    /// The program ends: the pictures of these cameras are not looked at any more.
    func bar(_ cameras: [CameraName]) { barred.formUnion(cameras) }

    // MARK: A look

    private func begin(_ picture: CameraPicture, of camera: CameraName, with models: ModelSet) {
        var trace = FrameTrace(from: picture.capturedAt)
        let (running, began) = (takeWork(of: camera, at: picture.capturedAt), MonotonicTime.now())
        if picture.preview == nil {
            let isExpected = forecast(of: camera, for: running).isDue(at: picture.capturedAt)
            guard listener.decode(picture, as: isExpected ? .whole : .preview, of: camera) else { return }
        }
        let look = pipelines[camera]?.begin(picture, for: running) { listener.decode($0, of: camera, &trace) }
        tellView(of: camera)
        guard let look else {
            trace.ended(trace.took("motion") == nil ? "motion" : "look")
            return listener.hasPassedOver(camera, forecast(of: camera, for: running), trace)
        }
        let first = models.detector.detections(in: look.frame, of: camera)
        var open = OpenLook(look: look, found: first, began: began, trace: trace)
        guard let part = pipelines[camera]?.secondLook(after: first, of: look, with: models) else {
            return lookForFaces(open, of: camera, for: running)
        }
        let crop = SecondLooks.Crop(
            camera: camera, frame: look.frame, part: part, isBounded: !unbounded.contains(camera))
        guard secondLooks.ask(for: crop) else {
            open.secondLook = .skipped
            return lookForFaces(open, of: camera, for: running)
        }
        wait(open, of: camera)
    }

    /// Visits end when nothing can be seen.
    private func tellView(of camera: CameraName) {
        guard let view = pipelines[camera]?.view else { return }
        listener.sees(view, of: camera)
        if view.isBlind { tell(pipelines[camera]?.endVisits(.viewLost, at: .now()), of: camera) }
    }

    /// - Parameter seen: nil: it was too late for it.
    private func goOn(_ crop: SecondLooks.Crop, _ seen: [Detection]?) {
        guard var open = reopened(crop.camera, crop.frame) else { return }
        if let seen { open.found = SecondLooks.merged(open.found, with: seen, of: crop.part, open.look.motion) }
        open.secondLook = seen == nil ? .skipped : .taken
        lookForFaces(open, of: crop.camera, for: takeWork(of: crop.camera, at: crop.frame.capturedAt))
    }

    /// Everything is found but the faces.
    private func lookForFaces(_ open: OpenLook, of camera: CameraName, for processors: [ActiveProcessor]) {
        let parts = pipelines[camera]?.faceParts(of: open.look, found: open.found, for: processors) ?? []
        let search = FaceLooks.Search(
            camera: camera, frame: open.look.frame, parts: parts, isBounded: !unbounded.contains(camera))
        guard !parts.isEmpty else { return finish(open, of: camera, faces: .nobodyThere, for: processors) }
        guard faceLooks.ask(for: search) else {
            return finish(open, of: camera, faces: .notLooked, for: processors)
        }
        wait(open, of: camera)
    }

    /// - Parameter seen: nil: nobody looked.
    private func goOn(_ search: FaceLooks.Search, _ seen: FacesSeen?) {
        guard let open = reopened(search.camera, search.frame) else { return }
        finish(
            open, of: search.camera, faces: seen.map(FaceFacts.seen) ?? .notLooked,
            for: takeWork(of: search.camera, at: search.frame.capturedAt))
    }

    /// The camera's next picture waits until the answer is there.
    private func wait(_ look: OpenLook, of camera: CameraName) {
        open[camera] = look
        barred.insert(camera)
    }

    /// The look that an answer belongs to. What was stopped since it began must not see it, and a new session may.
    /// - Returns: nil when nothing can follow from it: the camera was lost meanwhile, or nobody can be told.
    private func reopened(_ camera: CameraName, _ frame: Frame) -> OpenLook? {
        guard let look = open[camera], look.look.frame.capturedAt == frame.capturedAt else { return nil }
        close(camera)
        return listener.mayLook ? look : nil
    }

    private func finish(
        _ open: OpenLook, of camera: CameraName, faces: FaceFacts, for processors: [ActiveProcessor]
    ) {
        let isWatched = listener.isWatched(camera)
        guard
            let events = pipelines[camera]?.finish(
                open.look, found: open.found, faces: faces, for: processors, isWatched: isWatched)
        else { return }
        var trace = open.trace
        trace.ended("look")
        listener.hasLooked(
            Finished(
                camera: camera, frame: open.look.frame, events: events,
                samples: pipelines[camera]?.takeSamples() ?? [], records: pipelines[camera]?.takeRecords() ?? [],
                seen: pipelines[camera]?.takeSeen(),
                secondLook: open.secondLook, processors: processors,
                known: pipelines[camera]?.known ?? KnownObjects(), forecast: forecast(of: camera, for: processors),
                took: MonotonicTime.now() - open.began, trace: trace))
    }

    private func close(_ camera: CameraName) {
        if open.removeValue(forKey: camera) != nil { barred.remove(camera) }
    }

    /// What runs now, after the visits of sessions that are over have ended.
    private func takeWork(of camera: CameraName, at time: MonotonicTime) -> [ActiveProcessor] {
        let work = listener.work(of: camera)
        for session in work.ended { tell(pipelines[camera]?.end(session, at: time), of: camera) }
        if listener.forgetsBackground(of: camera) { pipelines[camera]?.forgetBackground() }
        return work.running
    }

    private func forecast(of camera: CameraName, for processors: [ActiveProcessor]) -> InferenceForecast {
        pipelines[camera]?.forecast(for: processors) ?? .always
    }

    // MARK: Ends

    /// By name.
    var cameras: [CameraName] { pipelines.keys.sorted() }

    /// A picture of it waits, or a look at one has begun.
    package func isBusy(with camera: CameraName) -> Bool { open[camera] != nil || pictures.holds(camera) }

    /// Ends the visits of sessions that are over.
    func endSessions(of camera: CameraName) { _ = takeWork(of: camera, at: .now()) }

    /// Ends every visit of the camera; a look that has begun comes to nothing.
    package func endVisits(of camera: CameraName, _ reason: Event.EndReason) {
        close(camera)
        pipelines[camera]?.restartWatch()
        tell(pipelines[camera]?.endVisits(reason, at: .now()), of: camera)
    }

    private func tell(_ events: [Event]?, of camera: CameraName) {
        if let events, !events.isEmpty { listener.tell(events, of: camera) }
    }
}
