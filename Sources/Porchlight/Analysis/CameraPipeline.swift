package import Base
import Control
import Decode
package import Gate
package import Interpret
import Runtime

/// One camera's analysis: what it remembers between frames.
package struct CameraPipeline {
    package let camera: CameraName
    /// Its pictures are a file's: time is what they say, however fast they are looked at.
    private let hasOwnTime: Bool
    private let tools: AnalyzerTools
    private var gate = MotionGate()
    private var looks = InferencePolicy()
    private var focus = MotionFocus()
    private var scene: StationaryObjectFilter
    /// Nil where nobody asks how the pictures are.
    private var watch: SceneWatch?
    /// By session: a processor that is stopped and started again begins anew, however little time there was between.
    private var sessions: [String: Session] = [:]
    private var samples: [(processor: ProcessorName, detection: Detection)] = []
    private var records: [FaceRecord] = []
    private var seen: SeenLook?
    private var latest = MonotonicTime(nanoseconds: 0)

    private struct Session {
        let processor: ProcessorName
        var analyzer: any Analyzer
    }

    /// - Parameters:
    ///   - hasOwnTime: the camera is a file.
    ///   - isWatched: whether it is looked for a picture that is frozen, dark and the like, in which nothing can be seen.
    ///   - tools: what its sessions' analyzers are made with; nil where nobody searches for faces.
    ///   - known: what an earlier start of the program has learned about this camera.
    package init(
        camera: CameraName, hasOwnTime: Bool, isWatched: Bool = false,
        tools: AnalyzerTools? = nil,
        known: KnownObjects = KnownObjects()
    ) {
        self.tools = tools ?? AnalyzerTools(makeID: newID, faces: NoCollections())
        self.camera = camera
        self.hasOwnTime = hasOwnTime
        watch = isWatched ? SceneWatch(isRecording: hasOwnTime) : nil
        scene = StationaryObjectFilter(
            known: known.background, present: known.present, at: .now(), wallTime: { WallTime(of: $0) })
    }

    /// What the camera sees all the time and that begins no visits, and which visitors are at rest.
    var known: KnownObjects { KnownObjects(background: scene.background, present: scene.present) }

    /// All of that may be a visitor again.
    mutating func forgetBackground() {
        scene.forget()
        watch?.acceptScene()
    }

    /// What is wrong with the pictures.
    var view: CameraView { CameraView(watch?.verdict ?? SceneWatch.Verdict()) }

    private var isBlind: Bool { watch?.verdict.isBlind ?? false }

    /// A look that has begun: the picture, whole, and what has moved in it.
    package struct Look {
        package var frame: Frame
        package var motion: SceneMotion
    }

    // The journey of one picture, in the order in which it happens: `begin`, the network, `secondLook`, perhaps the network
    // again, perhaps those for faces, `finish`. The steps of two pictures of one camera never mix.

    /// - Parameter decode: decodes the picture, for the few that are looked at; nil when that cannot be.
    /// - Returns: nil when the gate saw no reason to look.
    mutating func begin(
        _ picture: CameraPicture, for processors: [ActiveProcessor], decode: (CameraPicture) -> Frame?
    ) -> Look? {
        let time = picture.capturedAt
        latest = time
        let moved = sawMotion(in: picture)
        guard !processors.isEmpty, !isBlind, looks.shouldInfer(at: time, sawMotion: moved, isFollowing: isFollowing),
            let frame = decode(picture)
        else { return nil }
        return Look(frame: frame, motion: gate.takeMotion())
    }

    /// Where the picture is to be looked at again, closely; nil where that is of no use.
    /// - Parameter first: what the whole picture showed.
    mutating func secondLook(after first: [Detection], of look: Look, with models: ModelSet) -> NormalizedBox? {
        SecondLooks.part(after: first, in: look.frame, look.motion, &focus, with: models)
    }

    /// Where the look's faces are to be looked for; empty when no session searches them, or nobody is there.
    /// - Parameter found: all that the network saw.
    func faceParts(of look: Look, found: [Detection], for processors: [ActiveProcessor]) -> [NormalizedBox] {
        guard processors.contains(where: { $0.settings.faceSearch != nil }) else { return [] }
        return FaceRegions.parts(
            of: found, hasMoved: !look.motion.patches.isEmpty, in: look.frame.size)
    }

    /// - Parameters:
    ///   - found: all that the network saw.
    ///   - isWatched: somebody wants to see what was seen.
    /// - Returns: what happened in the picture.
    mutating func finish(
        _ look: Look, found: [Detection], faces: FaceFacts, for processors: [ActiveProcessor], isWatched: Bool
    ) -> [Event] {
        let time = look.frame.capturedAt
        var partLooks = PartLooks(of: look.frame)
        let (somebody, nobody) = NobodyFilter(tools.why?.nobody(of: camera) ?? []).split(found) { partLooks.at($0) }
        var motion: [NormalizedBox: Double] = [:]
        let seen = scene.look(somebody, at: time) { box, others in
            let moved = look.motion.motion(in: box, apartFrom: others)
            if !moved.isUnclear { motion[box] = moved.share }
            return moved
        }
        let facts = LookFacts(
            at: time, visitors: seen.detections, still: seen.still, learned: seen.learned, faces: faces,
            background: seen.background, nobody: nobody, motion: motion,
            looks: placeLooks(seen.detections, &partLooks))
        let events = processors.flatMap { analyse(facts, for: $0) }
        if isWatched { self.seen = seenLook(look, facts, for: processors) }
        return events
    }

    private func seenLook(_ look: Look, _ facts: LookFacts, for processors: [ActiveProcessor]) -> SeenLook {
        let analyzers = processors.map { ($0, sessions[$0.sessionID]?.analyzer) }
        return SeenLook(camera: camera, size: look.frame.size, facts, motion: look.motion.seen, by: analyzers)
    }

    /// How visitors look, in case somebody says that they are nobody.
    private func placeLooks(_ visitors: [Detection], _ looks: inout PartLooks) -> [NormalizedBox: PictureLook] {
        guard tools.why?.keepsLooks == true else { return [:] }
        var places: [NormalizedBox: PictureLook] = [:]
        for visitor in visitors { places[visitor.box] = looks.at(visitor.box) }
        return places
    }

    /// When the next looks will be if nothing moves.
    func forecast(for processors: [ActiveProcessor]) -> InferenceForecast {
        processors.isEmpty || isBlind ? .never : looks.forecast(isFollowing: isFollowing)
    }

    private var isFollowing: Bool { sessions.values.contains(where: \.analyzer.isFollowing) }

    private mutating func sawMotion(in picture: CameraPicture) -> Bool {
        guard let preview = picture.preview else { return false }
        let moved = gate.sawMotion(in: preview.frame, isEighth: preview.isEighth)
        watch?.look(at: gate.cells(of: preview.frame, isEighth: preview.isEighth))
        return moved
    }

    /// What the latest look was unsure about, of processors that keep samples.
    mutating func takeSamples() -> [(processor: ProcessorName, detection: Detection)] {
        defer { samples = [] }
        return samples
    }

    /// What the latest look has seen, if somebody watched.
    mutating func takeSeen() -> SeenLook? {
        defer { seen = nil }
        return seen
    }

    /// What face searches tell of the latest look.
    mutating func takeRecords() -> [FaceRecord] {
        defer { records = [] }
        return records
    }

    /// What one processor makes of a look.
    private mutating func analyse(_ facts: LookFacts, for processor: ActiveProcessor) -> [Event] {
        let id = processor.sessionID
        if sessions[id] == nil, let analyzer = AnalyzerTable.analyzer(for: processor, tools) {
            sessions[id] = Session(processor: processor.name, analyzer: analyzer)
        }
        guard let findings = sessions[id]?.analyzer.analyse(facts, for: processor) else { return [] }
        if let sample = findings.sample { samples.append((processor.name, sample)) }
        if let record = findings.record { records.append(record) }
        return findings.events
    }

    /// The camera is lost: how its pictures were says nothing about the next ones.
    mutating func restartWatch() { watch?.restart() }

    /// Ends every open visit: the camera is lost, the clip is over, or the program ends.
    mutating func endVisits(_ reason: Event.EndReason, at time: MonotonicTime) -> [Event] {
        let end = moment(time)
        return sessions.sorted { ($0.value.processor, $0.key) < ($1.value.processor, $1.key) }
            .flatMap { sessions[$0.key]?.analyzer.endAll(reason, at: end) ?? [] }
    }

    /// Ends the visits of a session that is over.
    mutating func end(_ session: ActiveProcessors.EndedSession, at time: MonotonicTime) -> [Event] {
        var ended = sessions.removeValue(forKey: session.sessionID)
        return ended?.analyzer.endAll(session.reason, at: moment(time)) ?? []
    }

    /// The clock's time as events tell it: never before the last picture, and for a file that picture's own.
    private func moment(_ time: MonotonicTime) -> MonotonicTime { hasOwnTime ? latest : max(time, latest) }
}

extension SceneMotion {
    fileprivate var seen: SeenLook.Motion {
        guard !isUnclear else { return SeenLook.Motion(isEverywhere: true) }
        let areas = areas(atMost: SeenLook.Motion.mostAreas)
        return SeenLook.Motion(areas: areas, leftOut: patches.count - areas.count)
    }
}
