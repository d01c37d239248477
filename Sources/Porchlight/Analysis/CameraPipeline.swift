package import Base
import Control
import Decode
package import Gate
import Interpret
import Runtime

/// One camera's analysis: what it remembers between frames.
package struct CameraPipeline {
    package let camera: CameraName
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
    package init(camera: CameraName, hasOwnTime: Bool, known: KnownObjects = KnownObjects()) {
        self.camera = camera
        self.hasOwnTime = hasOwnTime
        scene = StationaryObjectFilter(
            known: known.background, present: known.present, at: .now(), wallTime: { WallTime(of: $0) })
    }

    /// What the camera sees all the time and that begins no visits, and which visitors are at rest.
    var known: KnownObjects { KnownObjects(background: scene.background, present: scene.present) }

    /// All of that may be a visitor again.
    mutating func forgetBackground() { scene.forget() }

    /// A look that has begun: the picture, whole, and what has moved in it.
    package struct Look {
        package var frame: Frame
        package var motion: SceneMotion
    }

    // The journey of one picture, in the order in which it happens: `begin`, the network, `secondLook`, perhaps the network
    // again, `finish`. The steps of two pictures of one camera never mix.

    /// - Parameter decode: decodes the picture, for the few that are looked at; nil when that cannot be.
    /// - Returns: nil when the gate saw no reason to look.
    mutating func begin(
        _ picture: CameraPicture, for processors: [ActiveProcessor], decode: (CameraPicture) -> Frame?
    ) -> Look? {
        let time = picture.capturedAt
        latest = time
        let moved = sawMotion(in: picture)
        guard !processors.isEmpty, looks.shouldInfer(at: time, sawMotion: moved, isFollowing: isFollowing),
            let frame = decode(picture)
        else { return nil }
        return Look(frame: frame, motion: gate.takeMotion())
    }

    /// Where the picture is to be looked at again, closely; nil where that is of no use.
    /// - Parameter first: what the whole picture showed.
    mutating func secondLook(after first: [Detection], of look: Look, with models: ModelSet) -> NormalizedBox? {
        SecondLooks.part(after: first, in: look.frame, look.motion, &focus, with: models)
    }

    /// - Parameter found: all that the network saw.
    /// - Returns: what happened in the picture.
    mutating func finish(_ look: Look, found: [Detection], for processors: [ActiveProcessor]) -> [Event] {
        let seen = scene.look(found, at: look.frame.capturedAt, motion: look.motion.motion)
        chooseSamples(of: seen, at: look.frame.capturedAt, for: processors)
        return processors.flatMap { follow(seen, of: look.frame, for: $0) }
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
