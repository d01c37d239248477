package import Base

/// How long something must stand still to be taken for a part of the scene. The figures are choices; the reasons stand
/// beside them.
package struct StillnessTuning: Sendable, Equatable {
    /// Nobody stands half an hour without moving a hand; ...
    package var person: Duration = .seconds(30 * 60)
    /// ... cats sleep longer; ...
    package var pet: Duration = .seconds(60 * 60)
    /// ... and a parcel may wait for its owner all day.
    package var package: Duration = .seconds(24 * 60 * 60)
    /// Motion inside the box takes back this much: who lives here never gets there, and a coat that people pass does.
    package var setback: Duration = .seconds(60)
    /// Known background beside which something moved must stand still again for this long: somebody may have taken its
    /// place.
    package var probation: Duration = .seconds(2 * 60)
    /// Unseen for this long, known background is forgotten; ...
    package var memory: Duration = .seconds(48 * 60 * 60)
    /// ... and what only stood still for a while after this.
    package var patience: Duration = .seconds(2 * 60)
    /// Time between two looks that counts at most: what was not looked at was not seen to stand still.
    package var longestStep: Duration = .seconds(10)
    /// Boxes of one thing overlap by this much from look to look, when it does not move.
    package var sameBox = 0.75
    /// What is seen at a known place with this overlap is what is known there.
    package var samePlace = 0.6
    /// Weaker detections say nothing about stillness.
    package var weakest: Float = 0.1
    package var mostPlaces = 64

    package init() {}

    func needed(for label: Label) -> Duration {
        switch label {
        case .person: person
        case .pet: pet
        case .package: package
        }
    }
}

/// What one camera sees all the time and that never moves. Pure: time and motion are given.
///
/// "Once a person, always a person" is what users of other programs suffer from: a coat, a statue or a boulder that the
/// network takes for somebody. What stands still for long enough, without any motion inside its box, becomes background
/// and begins no visits until something moves there.
package struct StationaryObjectFilter: Sendable {
    private struct Place {
        let label: Label
        var box: NormalizedBox
        var confidence: Confidence
        let since: WallTime
        var lastSeen: MonotonicTime
        var still = Duration.zero
        var isBackground = false
        /// It was background before something moved there.
        var wasBackground = false
    }

    /// What is left of one look.
    package struct Look: Sendable, Equatable {
        /// Everything but known background.
        package var detections: [Detection]
        /// What became background with this look, for the first time or again.
        package var learned: [BackgroundObject]
    }

    private let tuning: StillnessTuning
    private let wallTime: @Sendable (MonotonicTime) -> WallTime
    private var places: [Place] = []
    private var lastLook: MonotonicTime?

    /// - Parameter known: what an earlier start had learned.
    package init(
        known: [BackgroundObject] = [], at now: MonotonicTime, tuning: StillnessTuning = StillnessTuning(),
        wallTime: @escaping @Sendable (MonotonicTime) -> WallTime
    ) {
        self.tuning = tuning
        self.wallTime = wallTime
        places = known.prefix(tuning.mostPlaces).map { object in
            Place(
                label: object.label, box: object.box, confidence: object.confidence, since: object.since,
                lastSeen: now, still: tuning.needed(for: object.label), isBackground: true)
        }
    }

    /// All background that is known now, the oldest first.
    package var background: [BackgroundObject] {
        places.filter { $0.isBackground || $0.wasBackground }.map {
            BackgroundObject(label: $0.label, box: $0.box, confidence: $0.confidence, since: $0.since)
        }
    }

    /// Everything may be a visitor again.
    package mutating func forget() { places = [] }

    /// One look at a frame captured at `time`.
    /// - Parameter moved: whether something has moved inside a box since the look before.
    package mutating func look(
        _ detections: [Detection], at time: MonotonicTime, moved: (NormalizedBox) -> Bool
    ) -> Look {
        let step = lastLook.map { min(tuning.longestStep, max(.zero, time - $0)) } ?? .zero
        lastLook = time
        var look = Look(detections: [], learned: [])
        var hit = Set<Int>()
        var unknown: [Detection] = []
        for detection in detections {
            guard let index = place(of: detection, notIn: hit) else {
                look.detections.append(detection)
                unknown.append(detection)
                continue
            }
            hit.insert(index)
            let becameBackground = see(detection, at: index, time, step, moved: moved(detection.box))
            if becameBackground { look.learned.append(object(at: index)) }
            if !places[index].isBackground { look.detections.append(detection) }
        }
        // Only now: a place that goes to make room moves the others, and `hit` counts them.
        for detection in unknown { begin(with: detection, at: time) }
        forgetUnseen(at: time)
        return look
    }

    // MARK: - One look, step by step

    /// The place where the detection is known; the one that overlaps most.
    private func place(of detection: Detection, notIn hit: Set<Int>) -> Int? {
        guard detection.confidence.value >= tuning.weakest else { return nil }
        let known = places.indices.filter { !hit.contains($0) && places[$0].label == detection.label }
        let best = known.max {
            places[$0].box.intersectionOverUnion(with: detection.box)
                < places[$1].box.intersectionOverUnion(with: detection.box)
        }
        return best.flatMap {
            places[$0].box.intersectionOverUnion(with: detection.box) >= tuning.samePlace ? $0 : nil
        }
    }

    private mutating func begin(with detection: Detection, at time: MonotonicTime) {
        guard detection.confidence.value >= tuning.weakest else { return }
        if places.count >= tuning.mostPlaces { dropLeast() }
        guard places.count < tuning.mostPlaces else { return }
        places.append(
            Place(
                label: detection.label, box: detection.box, confidence: detection.confidence, since: wallTime(time),
                lastSeen: time))
    }

    private mutating func dropLeast() {
        let passing = places.indices.filter { !places[$0].isBackground && !places[$0].wasBackground }
        if let least = passing.min(by: { places[$0].still < places[$1].still }) { places.remove(at: least) }
    }

    /// True when the place becomes background now.
    private mutating func see(
        _ detection: Detection, at index: Int, _ time: MonotonicTime, _ step: Duration, moved: Bool
    ) -> Bool {
        places[index].lastSeen = max(places[index].lastSeen, time)
        let needed = tuning.needed(for: detection.label)
        if moved {
            if places[index].isBackground {
                places[index].isBackground = false
                places[index].wasBackground = true
                places[index].still = needed - min(needed, tuning.probation)
            } else {
                places[index].still = max(.zero, places[index].still - tuning.setback)
            }
        }
        guard places[index].box.intersectionOverUnion(with: detection.box) >= tuning.sameBox else {
            // It has another shape or place now: what stands still starts anew, what is known stays where it was.
            if !places[index].isBackground, !places[index].wasBackground {
                places[index].box = detection.box
                places[index].still = .zero
            }
            return false
        }
        places[index].confidence = max(places[index].confidence, detection.confidence)
        guard !places[index].isBackground, !moved else { return false }
        places[index].still += step
        guard places[index].still >= needed else { return false }
        places[index].isBackground = true
        places[index].wasBackground = false
        return true
    }

    private func object(at index: Int) -> BackgroundObject {
        let place = places[index]
        return BackgroundObject(
            label: place.label, box: place.box, confidence: place.confidence, since: place.since)
    }

    private mutating func forgetUnseen(at time: MonotonicTime) {
        places.removeAll {
            time - $0.lastSeen > ($0.isBackground || $0.wasBackground ? tuning.memory : tuning.patience)
        }
    }
}
