import Base

/// Turns what drivers say about time and order into something that can be trusted.
struct StampCheck {
    /// Counts every picture of this camera including lost ones; never goes back, not even over a reopening.
    private(set) var sequence: UInt64 = 0
    private var lastDriverSequence: UInt32?
    private var lastInstant = MonotonicTime(nanoseconds: .min)

    /// A larger step is a driver that counts something else.
    private static let largestGap: UInt32 = 10_000
    /// A picture older than this was not taken when its stamp says.
    private static let oldest = Duration.seconds(5)

    /// After STREAMON drivers count from 0 again.
    mutating func restart() { lastDriverSequence = nil }

    /// Pictures that the driver lost before this one. Drivers that do not count (always 0) lose none.
    mutating func lostBefore(_ driverSequence: UInt32) -> UInt64 {
        defer { lastDriverSequence = driverSequence }
        var lost: UInt64 = 0
        if let last = lastDriverSequence {
            let step = driverSequence &- last
            if (2...Self.largestGap).contains(step) { lost = UInt64(step - 1) }
        }
        sequence += lost + 1
        return lost
    }

    /// The driver's stamp when it is of the monotonic clock, recent and later than the one before; else the arrival.
    mutating func instant(of stamp: MonotonicTime?, arrival: MonotonicTime) -> MonotonicTime {
        var instant = arrival
        if let stamp, stamp <= arrival, arrival - stamp < Self.oldest, stamp > lastInstant { instant = stamp }
        // Two pictures never have the same time, whatever clock they come from.
        if instant <= lastInstant { instant = lastInstant + .nanoseconds(1) }
        lastInstant = instant
        return instant
    }
}
