package import Base

/// When the pictures of a clip are shown: their own times, counted from the moment at which the clip began. From one pass
/// of a looped clip to the next, and after a loss, time goes on and never back.
package struct ReplayClock {
    /// Between the last picture of a pass and the first of the next.
    package let pause: Duration
    private var origin: MonotonicTime?
    private var latest: MonotonicTime?

    package init(pause: Duration) { self.pause = pause }

    /// A pass over the clip begins.
    /// - Parameter now: not before this; nil: right behind the pass before, however long that took.
    package mutating func beginPass(notBefore now: MonotonicTime?) {
        let next = latest.map { $0 + pause }
        switch (now, next) {
        case (let now?, let next?): origin = max(now, next)
        case (let now?, nil): origin = now
        case (nil, let next?): origin = next
        case (nil, nil): origin = .now()
        }
    }

    /// - Parameter time: since the clip's first picture.
    package mutating func time(at time: Duration) -> MonotonicTime {
        let shown = max((origin ?? .now()) + time, latest ?? MonotonicTime(nanoseconds: 0))
        latest = shown
        return shown
    }
}
