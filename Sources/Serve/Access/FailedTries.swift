package import Base
import Synchronization

/// Slows down whoever tries wrong credentials, without ever locking anybody out: a peer's failures are answered at most
/// `perSecond` a second, and right credentials are never held back.
package final class FailedTries: Sendable {
    package static let perSecond = 5
    private static let interval = Duration.seconds(1) / perSecond
    /// Refusals may come this fast as a burst.
    private static let burst = interval * perSecond
    /// No answer is held back longer, so that waiting connections do not pile up.
    private static let longestPause = Duration.seconds(5)
    private static let rememberedPeers = 1024

    /// When the last failure of each peer is to be answered.
    private let schedule = Mutex<[String: MonotonicTime]>([:])

    package init() {}

    /// Notes a failure of `peer` and says how long its answer must wait.
    package func pause(for peer: String, at now: MonotonicTime) -> Duration {
        schedule.withLock { schedule in
            let earliest = now + (.zero - Self.burst)
            let slot = max(earliest, schedule[peer] ?? earliest) + Self.interval
            if schedule[peer] == nil, schedule.count >= Self.rememberedPeers { Self.forget(&schedule, before: now) }
            let latest = now + Self.longestPause
            schedule[peer] = min(slot, latest)
            return max(.zero, min(slot, latest) - now)
        }
    }

    /// Peers whose slots have passed carry no debt; if all do, the whole book is opened anew.
    private static func forget(_ schedule: inout [String: MonotonicTime], before now: MonotonicTime) {
        schedule = schedule.filter { $0.value > now }
        if schedule.count >= rememberedPeers { schedule.removeAll() }
    }
}
