package import Base

/// The visits of one session of a processor: detections in, events out. Pure: time and identities are given.
///
/// One visit is one pair of `started` and `ended`, however often the network misses the object in between.
package struct VisitRules: Sendable {
    package let camera: CameraName
    package let processor: ProcessorName
    package let sessionID: String
    private let tuning: VisitTuning
    private let makeID: @Sendable () -> String

    private var tracker: Tracker
    private var histories: [Int: DetectionHistory] = [:]
    private var paths: [Int: PathEvidence] = [:]
    /// Of tracks that came up, or came up again, where an object of another label was: that object.
    private var formerLabels: [Int: FormerLabel] = [:]
    private var visits: [Visit] = []
    /// What the last look was judged by.
    private var rule: Rule?
    private var people = PeopleSeen()
    private var lastLook: MonotonicTime?
    private let merge = DuplicateMerge()
    /// What the last look saw of everything that is followed.
    private(set) var sights: [TrackSight] = []

    /// - Parameters:
    ///   - sessionID: the processor's run, from a start to its stop.
    ///   - makeID: a fresh lower-case UUID each time.
    package init(
        camera: CameraName, processor: ProcessorName, sessionID: String, tuning: VisitTuning = VisitTuning(),
        makeID: @escaping @Sendable () -> String
    ) {
        self.camera = camera
        self.processor = processor
        self.sessionID = sessionID
        self.tuning = tuning
        self.makeID = makeID
        tracker = Tracker(
            patience: max(tuning.quietTime, tuning.packageQuietTime), missesNeeded: tuning.missesNeeded)
    }

    package func openCount(of label: Label) -> Int { visits.count { $0.label == label } }

    /// Open visits and where they were seen last, in the order in which they began.
    var openVisits: [(id: String, box: NormalizedBox)] { visits.map { ($0.id, $0.lastBox) } }

    /// A further word about an open visit; nil when there is no such visit.
    func update(of id: String, at time: MonotonicTime) -> Event? {
        visits.first { $0.id == id }.map { event($0, .updated, at: time) }
    }

    /// Something is being followed, a visit or what may become one: more looks are wanted soon. What has been lying still
    /// for a while is looked at again as often as an empty scene, and closely as soon as it is not found.
    package var isFollowing: Bool {
        let settled = visits.filter {
            $0.misses == 0 && (lastLook ?? $0.restingSince) - $0.restingSince >= tuning.settlingTime
        }
        let quiet = Set(settled.map(\.trackID))
        return settled.count < visits.count || histories.contains { !quiet.contains($0.key) && $0.value.seen > 0 }
    }

    /// One look: what the detector saw in the frame captured at `time`. Events come in the order in which they count.
    package mutating func advance(
        detections: [Detection], at time: MonotonicTime, plan: ConnectedHomePlan, revision: Int
    ) -> [Event] {
        lastLook = time
        people.note(detections, at: time)
        var events = endRefused(by: Rule(plan: plan, revision: revision), at: time)
        let look = tracker.update(with: followed(detections, plan), at: time)
        noteLook(look, at: time, plan)
        events += continueVisits(seen: look.seen, at: time, plan)
        events += endQuiet(at: time)
        var outshone: [Int: Label] = [:]
        events += startVisits(seen: look.seen, at: time, plan, &outshone)
        noteSights(of: look.seen, outshone, plan)
        return events
    }

    /// What has become background is no visitor any more.
    package mutating func absorb(_ object: BackgroundObject, at time: MonotonicTime) -> [Event] {
        func isIt(_ label: Label, _ box: NormalizedBox) -> Bool {
            label == object.label && box.isInOnePlace(with: object.box)
        }
        let ended = end(.background, at: time) { isIt($0.label, $0.lastBox) }
        for track in tracker.tracks where isIt(track.label, track.detection.box) { forget(track.id) }
        return ended
    }

    /// Ends every open visit and forgets all tracks.
    package mutating func endAll(reason: Event.EndReason, at time: MonotonicTime) -> [Event] {
        tracker.removeAll()
        (histories, paths, formerLabels) = ([:], [:], [:])
        return end(reason, at: time) { _ in true }
    }

    // MARK: - One look, step by step

    /// Weak detections keep the identity of a track although they do not count.
    private func followed(_ detections: [Detection], _ plan: ConnectedHomePlan) -> [Detection] {
        let filter = LabelFilter(plan)
        return merge.apply(to: detections.filter { filter.admits($0, slack: tuning.pathConfidence) })
    }

    private mutating func noteLook(_ look: Tracker.Look, at time: MonotonicTime, _ plan: ConnectedHomePlan) {
        let (labels, regions) = (LabelFilter(plan), RegionFilter(plan))
        for id in look.lost { (histories[id], paths[id], formerLabels[id]) = (nil, nil, nil) }
        for track in tracker.tracks {
            let isSeen = look.seen.contains(track.id)
            if isSeen, histories[track.id]?.wasSeenLast != true, let former = formerLabel(of: track, at: time) {
                formerLabels[track.id] = former
            }
            let isInside = isSeen && regions.admits(overlap: regions.overlap(track.detection.box))
            histories[track.id, default: DetectionHistory()].note(
                isSeen ? track.detection.confidence.value : 0,
                isAdmitted: isInside && labels.admits(track.detection))
            paths[track.id, default: PathEvidence()].note(isInside ? track.detection : nil, at: time)
        }
    }

    private mutating func continueVisits(
        seen: Set<Int>, at time: MonotonicTime, _ plan: ConnectedHomePlan
    ) -> [Event] {
        let (labels, regions) = (LabelFilter(plan), RegionFilter(plan))
        var events: [Event] = []
        for index in visits.indices {
            let track = tracker.tracks.first { $0.id == visits[index].trackID && seen.contains($0.id) }
            let overlap = track.map { regions.overlap($0.detection.box) } ?? 0
            guard let track, labels.admits(track.detection, slack: visits[index].keepingConfidence(tuning)),
                regions.admits(overlap: overlap, share: tuning.keepingOverlap)
            else {
                miss(index, at: time)
                continue
            }
            visits[index].keep(track.detection, at: time)
            if visits[index].showIfBetter(track.detection, overlap: overlap, at: time, tuning) {
                events.append(event(visits[index], .updated, at: time))
            }
        }
        return events
    }

    /// A package behind somebody's legs is still there, as far as anybody knows.
    private mutating func miss(_ index: Int, at time: MonotonicTime) {
        let visit = visits[index]
        if visit.label == .package, time - visit.lastKept < tuning.longestHidden, people.hide(visit.lastBox, at: time) {
            visits[index].hide(at: time)
        } else {
            visits[index].misses += 1
        }
    }

    private mutating func endQuiet(at time: MonotonicTime) -> [Event] {
        let (tuning, people) = (tuning, people)
        func isQuiet(_ visit: Visit) -> Bool {
            time - max(visit.lastKept, visit.hiddenUntil) >= tuning.quietTime(of: visit.label)
                && visit.misses >= tuning.missesNeeded(of: visit.label)
        }
        func isTaken(_ visit: Visit) -> Bool {
            visit.label == .package && people.wereNear(visit.lastBox, within: tuning.takingTime, of: visit.lastKept)
        }
        return end(.taken, at: time) { isQuiet($0) && isTaken($0) } + end(.gone, at: time, where: isQuiet)
    }

    /// - Parameter outshone: of tracks that would begin a visit, the other label that more speaks for.
    private mutating func startVisits(
        seen: Set<Int>, at time: MonotonicTime, _ plan: ConnectedHomePlan, _ outshone: inout [Int: Label]
    ) -> [Event] {
        let regions = RegionFilter(plan)
        var events: [Event] = []
        for track in tracker.tracks where seen.contains(track.id) {
            guard let history = histories[track.id], !visits.contains(where: { $0.trackID == track.id }),
                let reason = reason(for: track, history, plan)
            else { continue }
            let overlap = regions.overlap(track.detection.box)
            guard regions.admits(overlap: overlap) else { continue }
            if let other = otherLabel(of: track, history) {
                outshone[track.id] = other
                continue
            }
            if let index = interruptedVisit(for: track, at: time) {
                forget(visits[index].trackID)
                visits[index].adopt(track, at: time)
                continue
            }
            let visit = Visit(
                id: makeID(), track: track, overlap: overlap, at: time, looksSeen: history.seen,
                looksTaken: history.taken, path: reason.path)
            visits.append(visit)
            events.append(event(visit, .started, at: time))
        }
        return events
    }

    /// What may become a visit is told with what its path says.
    private mutating func noteSights(of seen: Set<Int>, _ outshone: [Int: Label], _ plan: ConnectedHomePlan) {
        let regions = RegionFilter(plan)
        sights = tracker.tracks.filter { seen.contains($0.id) }.map { track in
            let visit = visits.first { $0.trackID == track.id }
            let path = visit == nil && track.label != .package ? paths[track.id] : nil
            return TrackSight(
                track: track.id, visit: visit?.id, detection: track.detection,
                overlap: regions.overlap(track.detection.box),
                path: visit?.path ?? path?.confidence(overLooks: tuning.pathLooks), strongerLabel: outshone[track.id])
        }
    }

    private mutating func forget(_ trackID: Int) {
        tracker.remove(trackID)
        (histories[trackID], paths[trackID], formerLabels[trackID]) = (nil, nil, nil)
    }

    /// Why a track may begin a visit.
    private enum Reason {
        case sureLooks
        /// Weak looks along a path, and how sure they are together.
        case path(Confidence)

        var path: Confidence? { if case .path(let sure) = self { sure } else { nil } }
    }

    private func reason(
        for track: Track, _ history: DetectionHistory, _ plan: ConnectedHomePlan
    ) -> Reason? {
        if counts(history), LabelFilter(plan).admits(track.detection) { return .sureLooks }
        // No package goes anywhere by itself.
        guard track.label != .package, plan.minConfidence.value <= tuning.mostPathMinConfidence,
            let sure = paths[track.id]?.confidence(overLooks: tuning.pathLooks),
            sure >= plan.minConfidence
        else {
            return nil
        }
        return .path(sure)
    }

    private func counts(_ history: DetectionHistory) -> Bool {
        history.seen >= tuning.looksNeeded || history.count(atLeast: tuning.sure) >= tuning.sureLooksNeeded
    }

    /// Small networks call a person who walks in sideways a cat for a moment. Of two labels in one place only the one
    /// with clearly better evidence may begin a visit.
    /// - Returns: the other one; nil when there is none with better evidence.
    private func otherLabel(of track: Track, _ history: DetectionHistory) -> Label? {
        let stronger = tracker.tracks.first { other in
            other.label != track.label && other.detection.box.isInOnePlace(with: track.detection.box)
                && (histories[other.id]?.evidence ?? 0) * tuning.evidenceLead > history.evidence
        }
        return stronger?.label ?? labelBefore(track, history)
    }

    /// Somebody who is cut off by the edge or turns away is called a cat by the same networks, and walks on as one. What
    /// came up in the place of something else, which has not been seen since, is that thing, unless far more speaks for it.
    private func labelBefore(_ track: Track, _ history: DetectionHistory) -> Label? {
        guard let former = formerLabels[track.id] else { return nil }
        let isStillSeen = tracker.tracks.contains { $0.id == former.trackID && $0.misses == 0 }
        return !isStillSeen && former.evidence * tuning.evidenceLead > history.evidence ? former.label : nil
    }

    /// What stood where a track comes up, within the second before.
    private func formerLabel(of track: Track, at time: MonotonicTime) -> FormerLabel? {
        tracker.tracks.filter { other in
            other.label != track.label && time - other.lastSeen <= tuning.labelChangeTime
                && other.detection.box.isInOnePlace(with: track.detection.box)
        }
        .map { FormerLabel(trackID: $0.id, label: $0.label, evidence: histories[$0.id]?.evidence ?? 0) }
        .max { $0.evidence < $1.evidence }
    }

    private struct Rule: Sendable {
        var plan: ConnectedHomePlan
        var revision: Int
    }

    private struct FormerLabel: Sendable {
        var trackID: Int
        var label: Label
        /// At the time when the other label came up.
        var evidence: Float
    }

    /// A visit whose own track was lost near where this one begins.
    private func interruptedVisit(for track: Track, at time: MonotonicTime) -> Int? {
        let candidates = visits.indices.filter { index in
            let visit = visits[index]
            return visit.label == track.label && visit.misses > 0
                && Self.isNear(visit.lastBox, track.detection.box, gap: (track.firstSeen - visit.lastKept).inSeconds)
        }
        return candidates.max { visits[$0].lastKept < visits[$1].lastKept }
    }

    /// Within a walk of the place: 0.15 of the frame, and 0.15 more for every second unseen.
    private static func isNear(_ a: NormalizedBox, _ b: NormalizedBox, gap: Double) -> Bool {
        let reach = 0.15 + 0.15 * max(0, gap)
        let (dx, dy) = (a.center.x - b.center.x, a.center.y - b.center.y)
        return a.intersection(with: b).area > 0 || dx * dx + dy * dy <= reach * reach
    }

    // MARK: - Ends

    /// After a change of settings: ends what they no longer admit, and lets the rest earn its looks anew.
    private mutating func endRefused(by new: Rule, at time: MonotonicTime) -> [Event] {
        let old = rule
        rule = new
        guard let old, old.revision != new.revision else { return [] }
        for id in histories.keys { histories[id]?.clear() }
        paths = [:]
        let (before, plan) = (old.plan, new.plan)
        let regions = RegionFilter(plan)
        return end(.settingsChanged, at: time) { visit in
            if !plan.labels.contains(visit.label) { return true }
            if before.minConfidence != plan.minConfidence, visit.sureness < plan.minConfidence { return true }
            return before.regions != plan.regions && !regions.admits(overlap: regions.overlap(visit.lastBox))
        }
    }

    private mutating func end(
        _ reason: Event.EndReason, at time: MonotonicTime, where isOver: (Visit) -> Bool
    ) -> [Event] {
        var events: [Event] = []
        for visit in visits where isOver(visit) {
            visits.removeAll { $0.id == visit.id }
            histories[visit.trackID]?.clear()
            paths[visit.trackID] = nil
            events.append(event(visit, .ended, reason, at: time))
        }
        return events
    }

    private func event(
        _ visit: Visit, _ phase: Event.Phase, _ reason: Event.EndReason? = nil, at time: MonotonicTime
    ) -> Event {
        Event(
            id: visit.id, camera: camera, processor: processor, sessionID: sessionID, label: visit.label, phase: phase,
            reason: reason, at: time, since: visit.since, confidence: visit.shown.confidence, box: visit.shown.box,
            regionOverlap: visit.shownOverlap, settingsRevision: rule?.revision ?? 0,
            openCount: openCount(of: visit.label), looksSeen: visit.looksSeen, looksTaken: visit.looksTaken,
            personNearby: visit.label == .package ? isPersonNear(visit, phase, at: time) : nil,
            pathConfidence: visit.path)
    }

    /// Who brought it (in the minute before it began), who is there now, or who may have taken it.
    private func isPersonNear(_ visit: Visit, _ phase: Event.Phase, at time: MonotonicTime) -> Bool {
        switch phase {
        case .started: people.wereNear(visit.lastBox, within: PeopleSeen.memory, of: time)
        case .updated: people.wereNear(visit.lastBox, within: tuning.takingTime, of: time)
        case .ended: people.wereNear(visit.lastBox, within: tuning.takingTime, of: visit.lastKept)
        }
    }
}

extension NormalizedBox {
    /// Two boxes of one thing, whatever it is called.
    fileprivate func isInOnePlace(with other: NormalizedBox) -> Bool { intersectionOverUnion(with: other) > 0.5 }
}
