import Synchronization

/// Bounds what all requests hold together, in bytes or places, so that many of them at once cannot exhaust a small board.
final class Budget: Sendable {
    private let limit: Int
    private let taken = Mutex(0)

    init(_ limit: Int) { self.limit = limit }

    /// What all shares have taken.
    var inUse: Int { taken.withLock { $0 } }

    func share() -> Share { Share(self) }

    /// One request's part; given back when it goes.
    final class Share: Sendable {
        private let budget: Budget
        private let held = Mutex(0)

        fileprivate init(_ budget: Budget) { self.budget = budget }

        /// False when the budget is used up; then nothing is taken.
        func take(_ count: Int) -> Bool {
            let isGranted = budget.taken.withLock { taken in
                guard taken + count <= budget.limit else { return false }
                taken += count
                return true
            }
            if isGranted { held.withLock { $0 += count } }
            return isGranted
        }

        deinit {
            let count = held.withLock { $0 }
            budget.taken.withLock { $0 -= count }
        }
    }
}
