import Base
import Rekognition
import Synchronization

/// A place among the few who get an answer without an end. It is free again when this goes, and lost with the session of the
/// page on which it was asked for.
final class ViewerPlace: Sendable {
    /// The session is asked about so often.
    private static let pause = Duration.seconds(1)

    private let share: Budget.Share
    private let sessions: PageSessions
    /// Nil for whoever came with a key.
    private let session: String?
    private let lastAsked: Mutex<MonotonicTime>

    /// - Throws: `ServiceUnavailableException` when all places are taken.
    init(of budget: Budget, for call: Route.Call, _ sources: RouteSources) throws(APIError) {
        share = budget.share()
        guard share.take(1) else {
            throw APIError(
                .serviceUnavailable, "\(Routes.mostViewers) viewers look already; try again when one has gone.")
        }
        sessions = sources.sessions
        session = call.session
        lastAsked = Mutex(.now())
    }

    /// False when the session is over.
    var isHeld: Bool {
        guard let session else { return true }
        let now = MonotonicTime.now()
        let isDue = lastAsked.withLock { last in
            guard now - last >= Self.pause else { return false }
            last = now
            return true
        }
        return !isDue || sessions.isOpen(session, at: now)
    }
}
