import Glibc
import Synchronization

/// An instant of `CLOCK_MONOTONIC`, the clock of V4L2's buffers. All logic runs on it; wall time appears only at the edges.
package struct MonotonicTime: Sendable, Hashable, Comparable, Codable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func now() -> MonotonicTime { read(CLOCK_MONOTONIC) }

    package static func < (a: MonotonicTime, b: MonotonicTime) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Saturates instead of overflowing: times come from drivers and files.
    package static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: time.nanoseconds.addingSaturated(duration.nanoseconds))
    }

    package static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
        .nanoseconds(later.nanoseconds.subtractingSaturated(earlier.nanoseconds))
    }

    package var milliseconds: Int64 { nanoseconds / 1_000_000 }

    fileprivate static func read(_ clock: clockid_t) -> MonotonicTime {
        var time = timespec()
        // Cannot fail: the clock is known to the kernel and the pointer is valid.
        _ = unsafe clock_gettime(clock, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

/// Milliseconds since 1970 in UTC. It may jump: only for what people and other programs read.
package struct WallTime: Sendable, Hashable, Codable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// 2026-01-01. This program is younger: a clock that says less has not been set, as on boards without a battery.
    package static let earliestPlausible = WallTime(milliseconds: 1_767_225_600_000)

    package var isPlausible: Bool { milliseconds >= Self.earliestPlausible.milliseconds }

    package static func now() -> WallTime {
        WallTime(milliseconds: MonotonicTime.read(CLOCK_REALTIME).nanoseconds / 1_000_000)
    }

    /// The wall time of a monotonic instant, by today's offset between the two clocks; the same each time that it is asked
    /// until the clock is set.
    package init(of instant: MonotonicTime) {
        let nanoseconds = instant.nanoseconds.addingSaturated(ClockOffset.current)
        self.init(milliseconds: nanoseconds.flooredDivision(by: 1_000_000))
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-21T03:32:29.123Z`.
    package var rfc3339: String {
        var seconds = time_t(milliseconds.flooredDivision(by: 1000))
        var parts = unsafe tm()
        guard unsafe gmtime_r(&seconds, &parts) != nil else { return "1970-01-01T00:00:00.000Z" }
        let date = unsafe [(parts.tm_year + 1900, 4), (parts.tm_mon + 1, 2), (parts.tm_mday, 2)]
        let time = unsafe [(parts.tm_hour, 2), (parts.tm_min, 2), (parts.tm_sec, 2)]
        let rest = Int32(milliseconds % 1000)
        let fraction = rest < 0 ? rest + 1000 : rest
        func joined(_ parts: [(Int32, Int)], by separator: String) -> String {
            parts.map(Self.padded).joined(separator: separator)
        }
        return "\(joined(date, by: "-"))T\(joined(time, by: ":")).\(Self.padded(fraction, 3))Z"
    }

    /// Of RFC 3339 in UTC, as `rfc3339` spells it; nil for anything else.
    package init?(rfc3339 text: String) {
        let parts = text.split { "-T:Z".contains($0) }.compactMap { Double($0) }
        guard text.utf8.count <= 40, parts.count == 6, parts.allSatisfy({ (0..<10_000).contains($0) }) else {
            return nil
        }
        var day = unsafe tm()
        unsafe day.tm_year = Int32(parts[0]) - 1900
        unsafe day.tm_mon = Int32(parts[1]) - 1
        unsafe day.tm_mday = Int32(parts[2])
        let seconds = Double(unsafe timegm(&day)) + parts[3] * 3600 + parts[4] * 60 + parts[5]
        self.init(milliseconds: Int64((seconds * 1000).rounded()))
    }

    private static func padded(_ value: Int32, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Real time minus monotonic time. Two clocks are never read in the same instant: the offset is held while it trembles by
/// less than 20 ms, so that the time at which a visit began does not.
private enum ClockOffset {
    private static let held = Mutex<Int64?>(nil)
    private static let tremor: UInt64 = 20_000_000

    static var current: Int64 {
        let measured = MonotonicTime.read(CLOCK_REALTIME).nanoseconds
            .subtractingSaturated(MonotonicTime.now().nanoseconds)
        return held.withLock { held in
            if let offset = held, measured.subtractingSaturated(offset).magnitude < tremor { return offset }
            held = measured
            return measured
        }
    }
}

extension Duration {
    /// Whole nanoseconds, saturated to `Int64`.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return product.addingSaturated(attoseconds / 1_000_000_000)
    }

    package var milliseconds: Int64 { nanoseconds / 1_000_000 }
    package var inSeconds: Double { Double(nanoseconds) / 1e9 }
}

extension Int64 {
    func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    func flooredDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
