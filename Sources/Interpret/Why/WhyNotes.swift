import Base

/// Why one session of a processor told what it told, and why it did not tell the rest: everything that is followed, from its
/// first look to its last. Pure: times and identities are given.
struct WhyNotes: Sendable {
    /// What is not seen for so long is over.
    private static let patience: Duration = .seconds(10)
    private static let missesNeeded = 3
    /// From one word about what goes on to the next: of a visit, and of what stands there all day.
    private static let visitPause: Duration = .seconds(2)
    private static let asidePause: Duration = .seconds(60)

    private let session: (camera: CameraName, processor: ProcessorName)
    private let tools: AnalyzerTools
    private let tuning = VisitTuning()
    /// Tracks of the rules without a visit.
    private var tracks: [Int: ThingNotes] = [:]
    private var visits: [String: ThingNotes] = [:]
    /// What was told last of the faces of open visits.
    private var faces: [String: FaceVerdict] = [:]
    /// What is no visitor for this processor: tracks of `asideTracker`.
    private var aside: [Int: ThingNotes] = [:]
    private var asideTracker = Tracker(patience: patience, missesNeeded: missesNeeded)
    private var revision: Int?

    init(_ processor: ActiveProcessor, _ tools: AnalyzerTools) {
        session = (processor.camera, processor.name)
        self.tools = tools
    }

    /// One look, after the rules of visits have taken it.
    /// - Parameters:
    ///   - sights: what they saw.
    ///   - events: what they told, with names where there are some.
    /// - Returns: what is known now of what begins, ends or has gone on for a while.
    mutating func note(
        _ sights: [TrackSight], _ events: [Event], _ facts: LookFacts, plan: ConnectedHomePlan, revision: Int
    ) -> [WhyRecord] {
        let rules = ThingNotes.Rules(plan: plan, revision: revision, tuning: tuning)
        if let before = self.revision, before != revision { forgetUndecided() }
        self.revision = revision
        noteTracks(sights, facts, rules)
        noteAside(sights, facts, rules)
        var records = tellVisits(events, at: facts.at)
        records += closeTracks(at: facts.at)
        records += tellAside(at: facts.at)
        return records
    }

    /// The session or the camera's view of it is over.
    mutating func endAll(_ events: [Event], at time: MonotonicTime) -> [WhyRecord] {
        var records = tellVisits(events, at: time)
        records += (tracks.sorted { $0.key < $1.key } + aside.sorted { $0.key < $1.key }).compactMap {
            closed($0.value, at: time)
        }
        (tracks, visits, aside, faces) = ([:], [:], [:], [:])
        asideTracker.removeAll()
        return records
    }

    /// New settings judge anew what is no visit yet.
    private mutating func forgetUndecided() {
        (tracks, aside) = ([:], [:])
        asideTracker.removeAll()
    }

    // MARK: - One look

    private mutating func noteTracks(_ sights: [TrackSight], _ facts: LookFacts, _ rules: ThingNotes.Rules) {
        let seen = Set(sights.map(\.track)), seenVisits = Set(sights.compactMap(\.visit))
        for id in tracks.keys where !seen.contains(id) { tracks[id]?.miss() }
        for id in visits.keys where !seenVisits.contains(id) { visits[id]?.miss() }
        for sight in sights {
            let look = ThingNotes.Sight(
                detection: sight.detection, overlap: sight.overlap, motion: facts.motion[sight.detection.box],
                path: sight.path, look: facts.looks[sight.detection.box])
            if let visit = sight.visit {
                note(look, of: visit, track: sight.track, at: facts.at, rules)
            } else {
                tracks[sight.track].see(look, at: facts.at, rules)
                if let stronger = sight.strongerLabel { tracks[sight.track]?.strongerLabel = stronger }
            }
        }
    }

    private mutating func note(
        _ look: ThingNotes.Sight, of visit: String, track: Int, at time: MonotonicTime, _ rules: ThingNotes.Rules
    ) {
        let before = tracks.removeValue(forKey: track)
        if visits[visit] == nil { visits[visit] = before } else if let before { visits[visit]?.join(before) }
        visits[visit].see(look, at: time, rules)
        visits[visit]?.begin(visit)
    }

    /// What nobody is to be told of, whatever the rules say, and labels that are not chosen.
    private mutating func noteAside(_ sights: [TrackSight], _ facts: LookFacts, _ rules: ThingNotes.Rules) {
        var reasons: [NormalizedBox: MissReason] = [:]
        var detections: [Detection] = []
        func add(_ detection: Detection, _ reason: MissReason) {
            guard detection.confidence >= rules.plan.minConfidence else { return }
            reasons[detection.box] = reason
            detections.append(detection)
        }
        for (detection, place) in facts.nobody where rules.plan.labels.contains(detection.label) {
            add(detection, .calledNobody(place))
        }
        for detection in facts.still where rules.plan.labels.contains(detection.label) {
            add(detection, facts.background.contains(detection) ? .background : .nothingMoved)
        }
        for detection in facts.visitors where !rules.plan.labels.contains(detection.label) {
            // Small networks call one thing by two names.
            let isFollowed = sights.contains { $0.detection.box.intersectionOverUnion(with: detection.box) > 0.5 }
            if !isFollowed { add(detection, .labelNotChosen) }
        }
        let look = asideTracker.update(with: detections, at: facts.at)
        let regions = RegionFilter(rules.plan)
        for id in aside.keys where !look.seen.contains(id) { aside[id]?.miss() }
        for track in asideTracker.tracks where look.seen.contains(track.id) {
            let box = track.detection.box
            let sight = ThingNotes.Sight(
                detection: track.detection, overlap: regions.overlap(box), motion: facts.motion[box])
            aside[track.id].see(sight, at: facts.at, rules)
            aside[track.id]?.aside = reasons[box]
        }
    }

    // MARK: - Words

    private mutating func tellVisits(_ events: [Event], at time: MonotonicTime) -> [WhyRecord] {
        var records: [WhyRecord] = []
        var told: Set<String> = []
        for event in events {
            guard var notes = visits[event.id] else { continue }
            told.insert(event.id)
            var record = record(of: &notes, isVisit: true, isOpen: event.phase != .ended, at: time)
            record.endReason = event.reason
            record.tell(event.face)
            visits[event.id] = event.phase == .ended ? nil : notes
            faces[event.id] = event.phase == .ended ? nil : event.face
            records.append(record)
        }
        for (id, notes) in visits where !told.contains(id) && isDue(notes, after: Self.visitPause, at: time) {
            var notes = notes
            var record = record(of: &notes, isVisit: true, isOpen: true, at: time)
            record.tell(faces[id])
            records.append(record)
            visits[id] = notes
        }
        return records
    }

    private mutating func closeTracks(at time: MonotonicTime) -> [WhyRecord] {
        let over = tracks.filter { isOver($0.value, at: time) }.sorted { $0.key < $1.key }
        for (id, _) in over { tracks[id] = nil }
        return over.compactMap { closed($0.value, at: time) }
    }

    private mutating func tellAside(at time: MonotonicTime) -> [WhyRecord] {
        var records: [WhyRecord] = []
        for (id, notes) in aside.sorted(by: { $0.key < $1.key }) {
            if isOver(notes, at: time) {
                aside[id] = nil
                if let record = closed(notes, at: time) { records.append(record) }
            } else if notes.wouldCount, isDue(notes, after: Self.asidePause, at: time) {
                var notes = notes
                records.append(record(of: &notes, isVisit: false, isOpen: true, at: time))
                aside[id] = notes
            }
        }
        return records
    }

    private func isOver(_ notes: ThingNotes, at time: MonotonicTime) -> Bool {
        time - notes.lastSeen >= Self.patience
    }

    private func isDue(_ notes: ThingNotes, after pause: Duration, at time: MonotonicTime) -> Bool {
        notes.toldAt.map { time - $0 >= pause } ?? true
    }

    /// Nil for what nobody would ask about.
    private func closed(_ notes: ThingNotes, at time: MonotonicTime) -> WhyRecord? {
        var notes = notes
        guard notes.aside == nil ? notes.isWorthKeeping : notes.wouldCount else { return nil }
        return record(of: &notes, isVisit: false, isOpen: false, at: time)
    }

    private func record(
        of notes: inout ThingNotes, isVisit: Bool, isOpen: Bool, at time: MonotonicTime
    ) -> WhyRecord {
        notes.record(
            of: session, isVisit: isVisit, isOpen: isOpen, at: time, wallTime: { WallTime(of: $0) }, newID: tools.makeID
        )
    }
}

extension WhyRecord {
    fileprivate mutating func tell(_ face: FaceVerdict?) { (name, stranger) = (face?.name, face?.stranger) }
}

extension ThingNotes? {
    /// A look that saw it, the first one or a further one.
    fileprivate mutating func see(_ sight: ThingNotes.Sight, at time: MonotonicTime, _ rules: ThingNotes.Rules) {
        if self == nil {
            self = ThingNotes(sight, at: time, rules)
        } else {
            self?.see(sight, at: time, rules)
        }
    }
}
