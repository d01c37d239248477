package import Base

/// A part of each day in which nobody is to be disturbed: local time, over midnight where it ends before it begins.
package struct QuietHours: Sendable, Equatable {
    /// What becomes of a visit in that time.
    package enum Then: String, Sendable, CaseIterable {
        /// It is never told.
        case skip
        /// It is told when the quiet hours are over.
        case hold
    }

    /// Minutes since midnight; `from` belongs to it, `until` does not.
    package var from: Int
    package var until: Int
    package var then: Then

    private static let day = 24 * 60

    package init(from: Int, until: Int, then: Then) {
        self.from = from
        self.until = until
        self.then = then
    }

    /// - Parameter secondsAhead: seconds that local clocks are ahead of UTC at a time in seconds since 1970.
    package func contains(_ time: WallTime, _ secondsAhead: (Int64) -> Int64) -> Bool {
        let minute = Self.minute(of: time, secondsAhead)
        return from < until ? (from..<until).contains(minute) : minute >= from || minute < until
    }

    /// The end of the quiet hours that `time` lies in, on a day without a change of the clocks.
    package func end(after time: WallTime, _ secondsAhead: (Int64) -> Int64) -> WallTime {
        let minutes = (until - Self.minute(of: time, secondsAhead) + Self.day) % Self.day
        return WallTime(milliseconds: time.milliseconds + Int64(minutes) * 60_000)
    }

    private static func minute(of time: WallTime, _ secondsAhead: (Int64) -> Int64) -> Int {
        let seconds = time.milliseconds / 1000
        let local = (seconds + secondsAhead(seconds)) % 86_400
        return Int((local + 86_400) % 86_400 / 60)
    }

    /// Of `22:30`; nil for what is no time of day.
    package static func minute(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48..<58).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }
}
