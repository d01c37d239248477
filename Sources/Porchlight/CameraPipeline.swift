import Base
import Gate
import Interpret

/// One camera's analysis: what it remembers between frames.
struct CameraPipeline {
    let camera: CameraName
    private var gate = MotionGate()
    private var looks = LookPolicy()
    private var scene: StillScene
    private var visits: [ProcessorName: VisitRules] = [:]
    private var choosers: [ProcessorName: SampleChooser] = [:]
    private var samples: [(processor: ProcessorName, detection: Detection)] = []
    private var latest = MonotonicTime(nanoseconds: 0)

    /// - Parameter background: what an earlier start of the program has learned about this camera.
    init(camera: CameraName, background: [BackgroundObject] = []) {
        self.camera = camera
        scene = StillScene(known: background, at: .now(), wallTime: { WallTime(of: $0) })
    }

    /// What the camera sees all the time and that begins no visits.
    var background: [BackgroundObject] { scene.background }

    /// All of that may be a visitor again.
    mutating func forgetBackground() { scene.forget() }

    /// The whole journey of one frame, in the order in which it happens.
    /// - Returns: nil when the gate saw no reason to look; else what became of it.
    mutating func advance(
        _ frame: Frame, for processors: [ActiveProcessor], with network: Network,
        farewell: (ProcessorName) -> Event.EndReason
    ) -> [Event]? {
        latest = frame.capturedAt
        let ended = endVisits(ofAllBut: processors, at: frame.capturedAt, farewell: farewell)
        let moved = gate.sawMotion(in: frame)
        let isFollowing = visits.values.contains(where: \.isFollowing)
        guard !processors.isEmpty,
            looks.shouldLook(at: frame.capturedAt, sawMotion: moved, isFollowing: isFollowing)
        else {
            return ended.isEmpty ? nil : ended
        }
        let motion = gate.takeMotion()
        let look = scene.look(network.detections(in: frame, of: camera), at: frame.capturedAt, moved: motion.touches)
        chooseSamples(of: look, at: frame.capturedAt, for: processors)
        return ended + processors.flatMap { follow(look, of: frame, for: $0) }
    }

    /// What the latest look was unsure about, of processors that keep samples.
    mutating func takeSamples() -> [(processor: ProcessorName, detection: Detection)] {
        defer { samples = [] }
        return samples
    }

    private mutating func chooseSamples(
        of look: StillScene.Look, at time: MonotonicTime, for processors: [ActiveProcessor]
    ) {
        for processor in processors where processor.dataSharingOptIn {
            let detection = choosers[processor.name, default: SampleChooser()].choose(
                look.detections, labels: processor.settings.labels, at: time)
            if let detection { samples.append((processor.name, detection)) }
        }
    }

    /// What one processor makes of a look.
    private mutating func follow(
        _ look: StillScene.Look, of frame: Frame, for processor: ActiveProcessor
    ) -> [Event] {
        var rules = visits[processor.name] ?? rules(for: processor.name)
        defer { visits[processor.name] = rules }
        let events = rules.advance(
            detections: look.detections, at: frame.capturedAt, settings: processor.settings)
        return events + look.learned.flatMap { rules.absorb($0, at: frame.capturedAt) }
    }

    /// Ends every open visit: the camera is lost, the clip is over, or the program ends.
    mutating func endVisits(_ reason: Event.EndReason, at time: MonotonicTime) -> [Event] {
        defer { visits = [:] }
        // A replay at full pace runs ahead of the clock.
        return visits.keys.sorted().flatMap { visits[$0]?.endAll(reason: reason, at: max(time, latest)) ?? [] }
    }

    /// Ends the visits of processors that no longer run, each for the reason that `farewell` gives.
    mutating func endVisits(
        ofAllBut processors: [ActiveProcessor], at time: MonotonicTime, farewell: (ProcessorName) -> Event.EndReason
    ) -> [Event] {
        let running = Set(processors.map(\.name))
        for name in choosers.keys where !running.contains(name) { choosers[name] = nil }
        return visits.keys.filter { !running.contains($0) }.sorted().flatMap { name in
            var ended = visits.removeValue(forKey: name)
            return ended?.endAll(reason: farewell(name), at: max(time, latest)) ?? []
        }
    }

    private func rules(for processor: ProcessorName) -> VisitRules {
        VisitRules(camera: camera, processor: processor, makeID: newID)
    }
}
