import Synchronization

/// A lock that may be held over an `await`: one task at a time goes on, the others wait in the order in which they came,
/// without a thread. Whoever is cancelled while it waits still gets its turn. Not recursive.
package final class AsyncLock: Sendable {
    private struct State {
        var isHeld = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Returns when the lock is the caller's; `unlock` has to follow, best by `defer`.
    package func lock() async {
        await withCheckedContinuation { turn in
            let isMine = state.withLock { state in
                if state.isHeld { state.waiting.append(turn) }
                defer { state.isHeld = true }
                return !state.isHeld
            }
            if isMine { turn.resume() }
        }
    }

    /// Hands the lock to whoever has waited longest.
    package func unlock() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.isHeld = false
            return nil
        }
        next?.resume()
    }

    /// How many tasks wait.
    package var waitingCount: Int { state.withLock(\.waiting.count) }
}
