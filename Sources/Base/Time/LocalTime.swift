import Glibc

/// What the clocks here show.
package enum LocalTime {
    /// Seconds that a wall clock here is ahead of UTC at a time in seconds since 1970, by the system's time zone.
    package static let secondsAhead: @Sendable (Int64) -> Int64 = { seconds in
        var time = time_t(seconds)
        var parts = unsafe tm()
        return unsafe localtime_r(&time, &parts) == nil ? 0 : Int64(unsafe parts.tm_gmtoff)
    }
}
