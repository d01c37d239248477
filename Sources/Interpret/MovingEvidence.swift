import Base

/// Whether what is seen at one place of the picture has moved since it is there. Pure.
///
/// Whoever comes in moves with their whole box. Who was there before is known by motion that comes up inside the box, a
/// hand or a head; what walks past in front of it came up elsewhere and proves nothing.
struct MovingEvidence: Sendable, Equatable {
    /// Of somebody who comes, at least this share of the box moves, ...
    static let arrivingShare = 0.1
    /// ... or this share by itself, in patches that are theirs.
    static let ownShare = 0.05
    /// Half of the box for this long: no passer by in front of it, but something new in its place.
    static let replacingShare = 0.45
    static let replacingTime: Duration = .milliseconds(1500)
    /// While the camera finds its exposure, small motion is none; so long and up to this share.
    static let settlingTime: Duration = .seconds(2)
    static let settlingShare = 0.25
    /// Looks without motion after which it was there before.
    static let quietLooks = 3
    /// Motion in this many looks within this time counts: a drop of rain or a moth is seen in one.
    static let hintsNeeded = 2
    static let hintsWithin: Duration = .seconds(3)

    private(set) var hasMoved: Bool
    private var quiet = 0
    private var hints: [MonotonicTime] = []
    private var replacedSince: MonotonicTime?

    init(hasMoved: Bool = false) { self.hasMoved = hasMoved }

    /// It was there, without moving, before anything moved in front of it.
    var isEstablished: Bool { !hasMoved && quiet >= Self.quietLooks }

    /// One look that saw it.
    /// - Parameter isSettling: the camera has just begun.
    /// - Returns: true when it is known to move now: at once for what comes in, by repeated motion for what was there.
    @discardableResult
    mutating func note(_ motion: BoxMotion, at time: MonotonicTime, isSettling: Bool = false) -> Bool {
        guard !motion.isUnclear, !isSettling || motion.share >= Self.settlingShare else { return false }
        let moved = quiet < Self.quietLooks ? comes(motion) : wakes(motion, at: time)
        if moved { hasMoved = true }
        return moved
    }

    /// It counts as somebody without having been seen to move: it is known from before, or nothing can be known.
    mutating func trust() { hasMoved = true }

    /// It has become a part of the scene: from now on it must move again.
    mutating func settle() {
        self = MovingEvidence()
        quiet = Self.quietLooks
    }

    private mutating func comes(_ motion: BoxMotion) -> Bool {
        let own = max(2, Self.ownShare * Double(motion.cells))
        if motion.share >= Self.arrivingShare || Double(motion.own) >= own || stirs(motion) { return true }
        quiet += 1
        return false
    }

    private mutating func wakes(_ motion: BoxMotion, at time: MonotonicTime) -> Bool {
        replacedSince = motion.share >= Self.replacingShare ? replacedSince ?? time : nil
        if let replacedSince, time - replacedSince >= Self.replacingTime { return true }
        guard stirs(motion) else { return false }
        hints = hints.filter { $0 <= time && time - $0 <= Self.hintsWithin }.suffix(Self.hintsNeeded - 1) + [time]
        return hints.count >= Self.hintsNeeded
    }

    /// Something came up inside the box: two cells of a far cat, four of a near person; single cells flicker.
    private func stirs(_ motion: BoxMotion) -> Bool { motion.bornInside >= min(4, max(2, motion.cells / 100)) }
}
