import Base
import Control
import Decode
import Gate
import Interpret
import Runtime

/// One camera's analysis: what it remembers between frames.
struct CameraPipeline {
    let camera: CameraName
    /// Its pictures are a file's: time is what they say, however fast they are looked at.
    private let hasOwnTime: Bool
    private var gate = MotionGate()
    private var looks = InferencePolicy()
    private var focus = MotionFocus()
    private var scene: StationaryObjectFilter
    /// By session: a processor that is stopped and started again begins anew, however little time there was between.
    private var visits: [String: VisitRules] = [:]
    private var choosers: [String: SampleChooser] = [:]
    private var samples: [(processor: ProcessorName, detection: Detection)] = []
    private var latest = MonotonicTime(nanoseconds: 0)

    /// - Parameters:
    ///   - hasOwnTime: the camera is a file.
    ///   - known: what an earlier start of the program has learned about this camera.
    init(camera: CameraName, hasOwnTime: Bool, known: KnownObjects = KnownObjects()) {
        self.camera = camera
        self.hasOwnTime = hasOwnTime
        scene = StationaryObjectFilter(
            known: known.background, present: known.present, at: .now(), wallTime: { WallTime(of: $0) })
    }

    /// What the camera sees all the time and that begins no visits, and which visitors are at rest.
    var known: KnownObjects { KnownObjects(background: scene.background, present: scene.present) }

    /// All of that may be a visitor again.
    mutating func forgetBackground() { scene.forget() }

    /// What became of a picture.
    struct Outcome {
        /// The picture that the network looked at.
        var frame: Frame
        /// What happened in it.
        var events: [Event]
        var secondLook: SecondLooks.Outcome
    }

    /// The whole journey of one picture, in the order in which it happens.
    /// - Parameter decode: decodes the picture, for the few that are looked at; nil when that cannot be.
    /// - Returns: nil when the gate saw no reason to look; else what became of it.
    mutating func advance(
        _ picture: CameraPicture, for processors: [ActiveProcessor], with network: Network,
        _ secondLooks: SecondLooks, decode: (CameraPicture) -> Frame?
    ) -> Outcome? {
        let time = picture.capturedAt
        latest = time
        let moved = sawMotion(in: picture)
        guard !processors.isEmpty, looks.shouldInfer(at: time, sawMotion: moved, isFollowing: isFollowing),
            let frame = decode(picture)
        else { return nil }
        let motion = gate.takeMotion()
        let (found, secondLook) = secondLooks.detections(
            after: network.detections(in: frame, of: camera), in: frame, motion, &focus)
        let look = scene.look(found, at: time, motion: motion.motion)
        chooseSamples(of: look, at: time, for: processors)
        return Outcome(
            frame: frame, events: processors.flatMap { follow(look, of: frame, for: $0) }, secondLook: secondLook)
    }

    /// When the next looks will be if nothing moves.
    func forecast(for processors: [ActiveProcessor]) -> InferenceForecast {
        processors.isEmpty ? .never : looks.forecast(isFollowing: isFollowing)
    }

    private var isFollowing: Bool { visits.values.contains(where: \.isFollowing) }

    private mutating func sawMotion(in picture: CameraPicture) -> Bool {
        picture.preview.map { gate.sawMotion(in: $0.frame, isEighth: $0.isEighth) } ?? false
    }

    /// What the latest look was unsure about, of processors that keep samples.
    mutating func takeSamples() -> [(processor: ProcessorName, detection: Detection)] {
        defer { samples = [] }
        return samples
    }

    private mutating func chooseSamples(
        of look: StationaryObjectFilter.Look, at time: MonotonicTime, for processors: [ActiveProcessor]
    ) {
        for processor in processors where processor.dataSharingOptIn {
            let detection = choosers[processor.sessionID, default: SampleChooser()].choose(
                look.detections + look.still, labels: processor.settings.labels, at: time)
            if let detection { samples.append((processor.name, detection)) }
        }
    }

    /// What one processor makes of a look.
    private mutating func follow(
        _ look: StationaryObjectFilter.Look, of frame: Frame, for processor: ActiveProcessor
    ) -> [Event] {
        var rules = visits[processor.sessionID] ?? rules(for: processor)
        defer { visits[processor.sessionID] = rules }
        let events = rules.advance(
            detections: look.detections, at: frame.capturedAt, settings: processor.settings)
        return events + look.learned.flatMap { rules.absorb($0, at: frame.capturedAt) }
    }

    /// Ends every open visit: the camera is lost, the clip is over, or the program ends.
    mutating func endVisits(_ reason: Event.EndReason, at time: MonotonicTime) -> [Event] {
        defer { visits = [:] }
        let end = moment(time)
        return visits.values.sorted { ($0.processor, $0.sessionID) < ($1.processor, $1.sessionID) }.flatMap { rules in
            var rules = rules
            return rules.endAll(reason: reason, at: end)
        }
    }

    /// Ends the visits of a session that is over.
    mutating func end(_ session: ActiveProcessors.EndedSession, at time: MonotonicTime) -> [Event] {
        choosers[session.sessionID] = nil
        var rules = visits.removeValue(forKey: session.sessionID)
        return rules?.endAll(reason: session.reason, at: moment(time)) ?? []
    }

    /// The clock's time as events tell it: never before the last picture, and for a file that picture's own.
    private func moment(_ time: MonotonicTime) -> MonotonicTime { hasOwnTime ? latest : max(time, latest) }

    private func rules(for processor: ActiveProcessor) -> VisitRules {
        VisitRules(camera: camera, processor: processor.name, sessionID: processor.sessionID, makeID: newID)
    }
}
