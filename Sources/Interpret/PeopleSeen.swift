import Base

/// Where people were in the last minute, wanted by the settings or not: who brings and takes a package.
struct PeopleSeen: Sendable {
    /// As long as a courier takes from the parcel to the gate.
    static let memory: Duration = .seconds(60)
    /// Weaker detections are nobody.
    static let weakest: Float = 0.3
    private static let most = 512

    private var places: [(box: NormalizedBox, time: MonotonicTime)] = []

    mutating func note(_ detections: [Detection], at time: MonotonicTime) {
        places.removeAll { time - $0.time > Self.memory || $0.time > time }
        for detection in detections where detection.label == .person && detection.confidence.value >= Self.weakest {
            places.append((detection.box, time))
        }
        if places.count > Self.most { places.removeFirst(places.count - Self.most) }
    }

    /// Whether somebody was within an arm's reach of the box at most `duration` before `time`, or after it.
    func wereNear(_ box: NormalizedBox, within duration: Duration, of time: MonotonicTime) -> Bool {
        places.contains { $0.time + duration >= time && Self.reach(of: $0.box).intersection(with: box).area > 0 }
    }

    /// Whether somebody at `time` hides a good part of the box.
    func hide(_ box: NormalizedBox, at time: MonotonicTime) -> Bool {
        places.contains { $0.time == time && $0.box.intersection(with: box).area > 0.3 * box.area }
    }

    /// Arms are about as long as a standing person is broad, and hands reach the ground.
    private static func reach(of person: NormalizedBox) -> NormalizedBox {
        let (across, down) = (person.width * 0.75, person.height * 0.15)
        return NormalizedBox(
            left: person.left - across, top: person.top - down, width: person.width + 2 * across,
            height: person.height + 2 * down) ?? person
    }
}
