package import Base

/// What one camera sees all the time and that never moves. Pure: time and motion are given.
///
/// "Once a person, always a person" is what users of other programs suffer from: a coat, a statue or a parked car that the
/// network takes for somebody. What has not moved since it is there is nobody, however sure the network is. What has moved
/// and then stands still for long enough becomes background, too, and begins no visits until something moves there.
/// A package lies still by nature: it counts when it comes, moving or not, and only what was there from the start does not.
package struct StationaryObjectFilter: Sendable {
    /// What is left of one look.
    package struct Look: Sendable, Equatable {
        /// What may be a visitor.
        package var detections: [Detection]
        /// What has not moved since it is there, or is known background.
        package var still: [Detection]
        /// Those of `still` that were once seen to stand still for so long that they are background.
        package var background: [Detection] = []
        /// What became background with this look, for the first time or again.
        package var learned: [BackgroundObject]
    }

    /// What moved inside a box since the look before, apart from what other boxes explain.
    package typealias Motion = (_ box: NormalizedBox, _ others: [NormalizedBox]) -> BoxMotion

    private let tuning: StillnessTuning
    private let wallTime: @Sendable (MonotonicTime) -> WallTime
    private var places: [StationaryPlace] = []
    private var firstLook: MonotonicTime?
    private var lastLook: MonotonicTime?
    private var unclearSince: MonotonicTime?
    /// Until then everything that is seen counts: the owner has said that it may be a visitor.
    private var trustsUntil: MonotonicTime?
    private var isTrusting = false

    /// - Parameters:
    ///   - known: what an earlier start had learned.
    ///   - present: visitors that were at rest when it ended.
    package init(
        known: [BackgroundObject] = [], present: [BackgroundObject] = [], at now: MonotonicTime,
        tuning: StillnessTuning = StillnessTuning(), wallTime: @escaping @Sendable (MonotonicTime) -> WallTime
    ) {
        self.tuning = tuning
        self.wallTime = wallTime
        let background = known.map { StationaryPlace($0, at: now, still: tuning.needed(for: $0.label)) }
        let visitors = present.map { StationaryPlace(visitor: $0, at: now, still: tuning.settling) }
        places = Array((background + visitors).prefix(tuning.mostPlaces))
    }

    /// All background that is known now, the oldest first: what stood still for long, and what never moved.
    package var background: [BackgroundObject] {
        places.filter { $0.isBackground || $0.wasBackground || isListed($0) }.map(\.object)
    }

    /// Visitors at rest: a parcel, a sleeping cat. They are visitors after a restart, too.
    package var present: [BackgroundObject] {
        places.filter { $0.evidence.hasMoved && !$0.isBackground && $0.still >= tuning.settling }.map(\.object)
    }

    /// Everything may be a visitor again, whether it moves or not.
    package mutating func forget() {
        places = []
        isTrusting = true
    }

    /// One look at a frame captured at `time`.
    package mutating func look(_ detections: [Detection], at time: MonotonicTime, motion: Motion) -> Look {
        let step = lastLook.map { min(tuning.longestStep, max(.zero, time - $0)) } ?? .zero
        begin(at: time)
        var look = Look(detections: [], still: [], learned: [])
        var hit = Set<Int>()
        let seen = detections.map { detection in
            let index = place(of: detection, notIn: hit)
            if let index { hit.insert(index) }
            return (detection, index)
        }
        // New ones first: what comes in explains what moves in front of what was there.
        var moving = seen.filter { $0.1.map { places[$0].evidence.hasMoved } ?? false }.map(\.0.box)
        var new: [StationaryPlace] = []
        for (detection, index) in seen where index == nil {
            let place = newPlace(of: detection, at: time, motion(detection.box, []))
            if place.evidence.hasMoved { moving.append(detection.box) }
            if detection.confidence.value >= tuning.weakest { new.append(place) }
            look.add(detection, isVisitor: place.evidence.hasMoved)
        }
        for case (let detection, let index?) in seen {
            let others = moving.filter { $0.intersectionOverUnion(with: detection.box) < tuning.sameStillPlace }
            // What was there is asked for where it was: whoever passes stretches its box.
            let box = places[index].isVisitor ? detection.box : places[index].box
            if see(detection, at: index, time, step, motion(box, others)) {
                look.learned.append(places[index].object)
            }
            look.add(detection, isVisitor: places[index].isVisitor)
            if places[index].isBackground { look.background.append(detection) }
        }
        // Only now: a place that goes to make room moves the others, and `hit` counts them.
        for place in new { keep(place) }
        forgetUnseen(at: time)
        return look
    }

    // MARK: - One look, step by step

    private mutating func begin(at time: MonotonicTime) {
        firstLook = firstLook.map { min($0, time) } ?? time
        lastLook = time
        if isTrusting { (isTrusting, trustsUntil) = (false, time + tuning.opening) }
        if let until = trustsUntil, time > until || until - time > tuning.opening { trustsUntil = nil }
    }

    /// The place where the detection is known; the one that overlaps most.
    private func place(of detection: Detection, notIn hit: Set<Int>) -> Int? {
        guard detection.confidence.value >= tuning.weakest else { return nil }
        let known = places.indices.filter { !hit.contains($0) && places[$0].label == detection.label }
        func overlap(_ index: Int) -> Double { places[index].box.intersectionOverUnion(with: detection.box) }
        let best = known.max { overlap($0) < overlap($1) }
        return best.flatMap {
            overlap($0) >= (places[$0].isVisitor ? tuning.samePlace : tuning.sameStillPlace) ? $0 : nil
        }
    }

    private mutating func newPlace(
        of detection: Detection, at time: MonotonicTime, _ motion: BoxMotion
    ) -> StationaryPlace {
        var place = StationaryPlace(detection, at: time, since: wallTime(time))
        place.evidence.note(motion, at: time, isSettling: isSettling(at: time))
        noteClearness(motion, at: time)
        let isOpening = firstLook.map { time - $0 <= tuning.opening } ?? true
        let isBrought = detection.label == .package && !isOpening
        if isBrought || trustsUntil != nil || isUnclearForLong(at: time) || isVisitorSeenBefore(detection, at: time) {
            place.evidence.trust()
        }
        return place
    }

    private func isSettling(at time: MonotonicTime) -> Bool {
        firstLook.map { time - $0 < MovingEvidence.settlingTime } ?? true
    }

    private mutating func noteClearness(_ motion: BoxMotion, at time: MonotonicTime) {
        unclearSince = motion.isUnclear ? unclearSince ?? time : nil
    }

    private func isUnclearForLong(at time: MonotonicTime) -> Bool {
        unclearSince.map { time - $0 >= tuning.longestUnclear } ?? false
    }

    /// The network draws the upper body, then the whole of somebody who stands there.
    private func isVisitorSeenBefore(_ detection: Detection, at time: MonotonicTime) -> Bool {
        places.contains { place in
            guard place.label == detection.label, place.isVisitor, time - place.lastSeen <= tuning.inheritance else {
                return false
            }
            let shared = place.box.intersection(with: detection.box).area
            let smaller = min(place.box.area, detection.box.area)
            return place.box.intersectionOverUnion(with: detection.box) >= 0.3 || shared > 0.7 * smaller
        }
    }

    private mutating func keep(_ place: StationaryPlace) {
        if places.count >= tuning.mostPlaces { dropLeast() }
        if places.count < tuning.mostPlaces { places.append(place) }
    }

    private mutating func dropLeast() {
        let passing = places.indices.filter { !places[$0].isBackground && !places[$0].wasBackground }
        if let least = passing.min(by: { places[$0].still < places[$1].still }) { places.remove(at: least) }
    }

    /// True when the place becomes background now.
    private mutating func see(
        _ detection: Detection, at index: Int, _ time: MonotonicTime, _ step: Duration, _ motion: BoxMotion
    ) -> Bool {
        noteClearness(motion, at: time)
        places[index].lastSeen = max(places[index].lastSeen, time)
        if trustsUntil != nil || (isUnclearForLong(at: time) && !places[index].evidence.isEstablished) {
            places[index].evidence.trust()
        }
        let moved = places[index].note(motion, at: time, isSettling: isSettling(at: time), tuning)
        guard places[index].box.intersectionOverUnion(with: detection.box) >= tuning.sameBox else {
            // It has another shape or place now: what stands still starts anew, what is known stays where it was.
            if places[index].isVisitor, !places[index].wasBackground {
                places[index].box = detection.box
                places[index].still = .zero
            }
            return false
        }
        places[index].confidence = max(places[index].confidence, detection.confidence)
        guard !places[index].isBackground, !moved else { return false }
        places[index].still += step
        guard places[index].still >= tuning.needed(for: detection.label) else { return false }
        places[index].settle()
        return true
    }

    /// It has not moved since it is there, and for so long that it is told.
    private func isListed(_ place: StationaryPlace) -> Bool {
        !place.evidence.hasMoved && place.still >= tuning.listing && place.confidence.value >= tuning.weakestListed
    }

    private mutating func forgetUnseen(at time: MonotonicTime) {
        places = places.filter {
            let isKnown = $0.isBackground || $0.wasBackground || isListed($0)
            return time - $0.lastSeen <= (isKnown ? tuning.memory : tuning.patience)
        }
    }
}

extension StationaryObjectFilter.Look {
    fileprivate mutating func add(_ detection: Detection, isVisitor: Bool) {
        if isVisitor { detections.append(detection) } else { still.append(detection) }
    }
}
