import Synchronization

/// Bounds the bytes that all requests hold together, so that many large bodies at once cannot exhaust a small board.
final class ByteBudget: Sendable {
    private let limit: Int
    private let taken = Mutex(0)

    init(_ limit: Int) { self.limit = limit }

    func share() -> Share { Share(self) }

    /// One request's part; given back when it goes.
    final class Share: Sendable {
        private let budget: ByteBudget
        private let bytes = Mutex(0)

        fileprivate init(_ budget: ByteBudget) { self.budget = budget }

        /// False when the budget is used up; then nothing is taken.
        func take(_ count: Int) -> Bool {
            let isGranted = budget.taken.withLock { taken in
                guard taken + count <= budget.limit else { return false }
                taken += count
                return true
            }
            if isGranted { bytes.withLock { $0 += count } }
            return isGranted
        }

        deinit {
            let count = bytes.withLock { $0 }
            budget.taken.withLock { $0 -= count }
        }
    }
}
