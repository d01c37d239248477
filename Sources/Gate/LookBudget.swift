package import Base

/// How much time further looks of one kind (second looks, looks at faces) may take: a share of one core, measured on this
/// box. Whoever has spent it waits.
package struct LookBudget: Sendable {
    /// Of one core. The first looks of all cameras come before.
    package static let share = 0.25
    /// Time that was not used is kept for this many seconds of it.
    private static let most = 2.0

    /// Seconds of the network that may be spent now.
    private var saved = 0.5
    private var mean: Double?
    private var filledAt: MonotonicTime?

    package init() {}

    /// Whether there is time for one at `time`.
    package mutating func admits(at time: MonotonicTime) -> Bool {
        let seconds = filledAt.map { max(0, min(60, (time - $0).inSeconds)) } ?? 0
        filledAt = max(time, filledAt ?? time)
        saved = min(Self.most, saved + seconds * Self.share)
        return saved >= (mean ?? 0)
    }

    /// One took this long.
    package mutating func spend(_ duration: Duration) {
        let seconds = max(0, duration.inSeconds)
        mean = mean.map { $0 * 0.9 + seconds * 0.1 } ?? seconds
        saved = max(-Self.most, saved - seconds)
    }
}
