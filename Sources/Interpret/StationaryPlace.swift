import Base

/// A place in a camera's picture where something is seen again and again.
struct StationaryPlace: Sendable {
    let label: Label
    var box: NormalizedBox
    var confidence: Confidence
    let since: WallTime
    var lastSeen: MonotonicTime
    /// How long it has been seen without moving.
    var still = Duration.zero
    var evidence = MovingEvidence()
    private(set) var isBackground = false
    /// It was background before something moved there.
    private(set) var wasBackground = false

    init(_ detection: Detection, at time: MonotonicTime, since: WallTime) {
        (label, box, confidence) = (detection.label, detection.box, detection.confidence)
        self.since = since
        lastSeen = time
    }

    /// Background that an earlier start has learned.
    init(_ known: BackgroundObject, at time: MonotonicTime, still: Duration) {
        self.init(visitor: known, at: time, still: still)
        settle()
    }

    /// A visitor that was at rest when the program ended.
    init(visitor: BackgroundObject, at time: MonotonicTime, still: Duration) {
        (label, box, confidence, since) = (visitor.label, visitor.box, visitor.confidence, visitor.since)
        lastSeen = time
        self.still = still
        evidence.trust()
    }

    /// What is seen here may begin a visit.
    var isVisitor: Bool { !isBackground && evidence.hasMoved }

    var object: BackgroundObject { BackgroundObject(label: label, box: box, confidence: confidence, since: since) }

    /// Becomes a part of the scene.
    mutating func settle() {
        (isBackground, wasBackground) = (true, false)
        evidence.settle()
    }

    /// Takes motion inside its box into account.
    /// - Returns: whether something moved.
    mutating func note(
        _ motion: BoxMotion, at time: MonotonicTime, isSettling: Bool, _ tuning: StillnessTuning
    ) -> Bool {
        var motion = motion
        // No parcel stirs by itself: what comes up on it is a reflection.
        if label == .package { motion.bornInside = 0 }
        let hadMoved = evidence.hasMoved
        var fresh = MovingEvidence()
        let moved = hadMoved ? fresh.note(motion, at: time) : evidence.note(motion, at: time, isSettling: isSettling)
        guard moved else { return false }
        let needed = tuning.needed(for: label)
        if isBackground {
            (isBackground, wasBackground) = (false, true)
            still = needed - min(needed, tuning.probation)
        } else if hadMoved {
            still = max(.zero, still - tuning.setback)
        } else {
            still = .zero
        }
        return true
    }
}
