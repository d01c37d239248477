package import Base

/// Whose faces come by: visits of people that get a name when their looks agree, and a record of every look.
package struct FaceSearchAnalyzer: Analyzer {
    /// As at the start of the session.
    private let fresh: VisitRules
    private var visits: VisitRules
    private var notes: WhyNotes
    private let tools: AnalyzerTools
    private let stream: DataStreamARN
    private let inputARN: String
    private var votes: [String: Standing] = [:]
    /// Faces of the last second that lay in nobody's box: a visit begins some looks after its person came.
    private var early: [(at: MonotonicTime, face: Face, matches: [FaceMatch])] = []
    private var began: MonotonicTime?
    private var frame: Int64 = 0

    /// What is known, and was last told, of an open visit.
    private struct Standing {
        var vote = FaceVote()
        var stranger: String?
        var told = FaceVerdict(doubt: .noFaceSeen)
        var toldAt: MonotonicTime

        func verdict(isOver: Bool = false) -> FaceVerdict {
            var verdict = vote.verdict(isOver: isOver)
            if verdict.name == nil { verdict.stranger = stranger }
            return verdict
        }
    }

    /// People whose faces are searched are found by the network as surely as those of a connected home by default.
    private static let people = ConnectedHomePlan(labelNames: ["PERSON"], labels: [.person])
    /// Matches of a face in a record.
    private static let mostMatches = 5
    private static let (mostEarly, earliest) = (64, Duration.seconds(1))
    /// From one word about somebody without a name to the next.
    private static let pause = Duration.seconds(1)

    package init?(_ processor: ActiveProcessor, _ tools: AnalyzerTools) {
        guard processor.settings.faceSearch != nil, let stream = processor.output.stream else { return nil }
        fresh = VisitRules(
            camera: processor.camera, processor: processor.name, sessionID: processor.sessionID, makeID: tools.makeID)
        visits = fresh
        notes = WhyNotes(processor, tools)
        self.tools = tools
        self.stream = stream
        inputARN = processor.inputARN
    }

    package var isFollowing: Bool { visits.isFollowing }

    package mutating func analyse(_ facts: LookFacts, for processor: ActiveProcessor) -> Findings {
        guard let plan = processor.settings.faceSearch else { return Findings() }
        var events = visits.advance(
            detections: facts.visitors, at: facts.at, plan: Self.people, revision: processor.settings.revision)
        for object in facts.learned { events += visits.absorb(object, at: facts.at) }
        let seen = search(facts.faces, plan)
        noteEarly(for: Set(events.filter { $0.phase == .started }.map(\.id)), plan, at: facts.at)
        for (face, matches) in seen { note(face, matches, plan, at: facts.at) }
        if case .seen(let faces) = facts.faces { recogniseStrangers(of: faces.model) }
        var findings = Findings()
        findings.events = tell(events, at: facts.at)
        if let why = tools.why {
            why.note(
                notes.note(
                    visits.sights, findings.events, facts, plan: Self.people, revision: processor.settings.revision))
        }
        // A record without faces says that nobody is there.
        if facts.faces != .notLooked { findings.record = record(seen, plan, facts.at, processor) }
        return findings
    }

    package mutating func endAll(_ reason: Event.EndReason, at time: MonotonicTime) -> [Event] {
        let events = tell(visits.endAll(reason: reason, at: time), at: time)
        visits = fresh
        (votes, early) = ([:], [])
        tools.why?.note(notes.endAll(events, at: time))
        return events
    }

    // MARK: Faces

    /// Every face with whoever it is most like, below the threshold too.
    private func search(_ facts: FaceFacts, _ plan: FaceSearchPlan) -> [(face: Face, matches: [FaceMatch])] {
        guard case .seen(let seen) = facts else { return [] }
        return seen.faces.map { face in
            let matches = face.vector.map {
                tools.faces.matches(
                    of: $0, from: seen.model, in: plan.collectionID, atLeast: 0, limit: Self.mostMatches)
            }
            return (face, matches ?? [])
        }
    }

    /// A face counts for the visit of the person whose box holds it.
    private mutating func note(_ face: Face, _ matches: [FaceMatch], _ plan: FaceSearchPlan, at time: MonotonicTime) {
        guard let visit = owner(of: face.box) else {
            early.append((time, face, matches))
            return early.removeFirst(max(0, early.count - Self.mostEarly))
        }
        votes[visit, default: Standing(toldAt: time)].vote.note(face, matches, threshold: plan.matchThreshold)
    }

    /// Looks at somebody before the visit began count for it, too.
    private mutating func noteEarly(for begun: Set<String>, _ plan: FaceSearchPlan, at time: MonotonicTime) {
        var rest: [(at: MonotonicTime, face: Face, matches: [FaceMatch])] = []
        for seen in early where time - seen.at <= Self.earliest && seen.at <= time {
            guard let visit = owner(of: seen.face.box), begun.contains(visit) else {
                rest.append(seen)
                continue
            }
            votes[visit, default: Standing(toldAt: seen.at)].vote
                .note(seen.face, seen.matches, threshold: plan.matchThreshold)
        }
        early = rest
    }

    /// Where boxes of people overlap it is the one at whose top the face lies.
    private func owner(of face: NormalizedBox) -> String? {
        let holders = visits.openVisits.filter { visit in
            face.area > 0 && visit.box.intersection(with: face).area > 0.6 * face.area
        }
        func distance(_ box: NormalizedBox) -> Double {
            abs(face.center.x - box.center.x) + max(0, face.center.y - box.top)
        }
        return holders.min { distance($0.box) < distance($1.box) }?.id
    }

    private mutating func recogniseStrangers(of model: FaceModel) {
        guard let memory = tools.strangers else { return }
        for (id, standing) in votes where standing.stranger == nil {
            guard let vector = standing.vote.stranger else { continue }
            votes[id]?.stranger = memory.stranger(with: vector, of: model)
        }
    }

    // MARK: Words

    /// The visits' own events with what is known of the face, and one more for everybody about whom something new is known.
    private mutating func tell(_ events: [Event], at time: MonotonicTime) -> [Event] {
        var told: Set<String> = []
        var all = events.map { event in
            var event = event
            event.face = say(of: event.id, isOver: event.phase == .ended, at: time)
            told.insert(event.id)
            return event
        }
        for visit in visits.openVisits where !told.contains(visit.id) && hasNews(of: visit.id, at: time) {
            guard var event = visits.update(of: visit.id, at: time) else { continue }
            event.face = say(of: visit.id, isOver: false, at: time)
            all.append(event)
        }
        return all
    }

    private mutating func say(of visit: String, isOver: Bool, at time: MonotonicTime) -> FaceVerdict {
        var standing = votes[visit] ?? Standing(toldAt: time)
        standing.told = standing.verdict(isOver: isOver)
        standing.toldAt = time
        votes[visit] = isOver ? nil : standing
        return standing.told
    }

    /// A name is told at once; what else changes, at most each second.
    private func hasNews(of visit: String, at time: MonotonicTime) -> Bool {
        guard let standing = votes[visit] else { return false }
        let verdict = standing.verdict()
        if verdict.name != standing.told.name { return true }
        let isOther = verdict.stranger != standing.told.stranger || verdict.doubt != standing.told.doubt
        return isOther && time - standing.toldAt >= Self.pause
    }

    private mutating func record(
        _ seen: [(face: Face, matches: [FaceMatch])], _ plan: FaceSearchPlan, _ time: MonotonicTime,
        _ processor: ActiveProcessor
    ) -> FaceRecord {
        let first = began ?? time
        began = first
        defer { frame += 1 }
        return FaceRecord(
            processor: processor.name, inputARN: inputARN, stream: stream.name, frame: frame, at: time,
            sessionBegan: first,
            faces: seen.map { face, matches in
                (face, matches.filter { $0.similarity >= plan.matchThreshold })
            })
    }
}
