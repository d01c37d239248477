import Runtime
import Synchronization

/// Bytes that may be in use at one time for one purpose. Who wants more than is free waits.
package final class MemoryBudget: Sendable {
    /// All of it.
    package let limit: Int
    private let taken = Monitor(0)

    package init(limit: Int) { self.limit = limit }

    /// Bytes in use.
    package var used: Int { taken.change { $0 } }

    /// A part of the budget, given back when it goes.
    package final class Share: Sendable {
        private let budget: MemoryBudget
        private let bytes: Mutex<Int>

        fileprivate init(_ budget: MemoryBudget, _ bytes: Int) {
            self.budget = budget
            self.bytes = Mutex(bytes)
        }

        /// Gives back what is more than `count`.
        package func shrink(to count: Int) {
            let less = bytes.withLock { bytes in
                defer { bytes = min(bytes, count) }
                return max(0, bytes - count)
            }
            budget.taken.change { $0 -= less }
        }

        deinit { shrink(to: 0) }
    }

    /// Waits until `count` bytes are free. Called by threads, never by async code.
    /// - Returns: nil when they are not free in time, or are more than there are at all.
    package func take(_ count: Int, within timeout: Duration) -> Share? {
        guard (0...limit).contains(count) else { return nil }
        let limit = limit
        let isGranted = taken.wait(atMost: timeout) { taken -> Bool? in
            guard taken + count <= limit else { return nil }
            taken += count
            return true
        }
        return isGranted == true ? Share(self, count) : nil
    }
}
