/// Between threads: holds at most one value per key, newest wins, and what is replaced unseen is counted.
/// Bounded by construction; `put` never waits.
package final class LatestMailbox<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slots {
        var waiting: [Key: Value] = [:]
        /// Keys in the order in which they were filled, so that no camera starves another.
        var order: [Key] = []
        var isClosed = false
    }

    private let slots = Monitor(Slots())
    private let onArrival: @Sendable (_ hasReplaced: Bool) -> Void

    /// - Parameter onArrival: called by whoever puts a value in, after that, and told whether it replaced another one.
    package init(onArrival: @escaping @Sendable (_ hasReplaced: Bool) -> Void = { _ in }) {
        self.onArrival = onArrival
    }

    /// Replaces an untaken older value; returns true when one was lost by it.
    @discardableResult
    package func put(_ value: Value, for key: Key) -> Bool {
        let hasReplaced = slots.change { slots in
            let lost = slots.waiting.updateValue(value, forKey: key) != nil
            if !lost { slots.order.append(key) }
            return lost
        }
        onArrival(hasReplaced)
        return hasReplaced
    }

    /// For replay at full pace, where nothing may be lost: waits until the slot is free. False when closed or timed out.
    package func hand(_ value: Value, for key: Key, within timeout: Duration) -> Bool {
        let isIn = slots.wait(atMost: timeout) { slots -> Bool? in
            if slots.isClosed { return false }
            guard slots.waiting[key] == nil else { return nil }
            slots.waiting[key] = value
            slots.order.append(key)
            return true
        }
        if isIn == true { onArrival(false) }
        return isIn ?? false
    }

    /// The value that has waited longest, apart from those of `barred` keys; nil when there is none.
    package func take(except barred: Set<Key> = []) -> (key: Key, value: Value)? {
        slots.change { slots in
            guard let index = slots.order.firstIndex(where: { !barred.contains($0) }) else { return nil }
            let key = slots.order.remove(at: index)
            return slots.waiting.removeValue(forKey: key).map { (key, $0) }
        }
    }

    /// Whether `take` would find something.
    package func holdsAny(except barred: Set<Key> = []) -> Bool {
        slots.change { slots in slots.order.contains { !barred.contains($0) } }
    }

    /// True while a value for this key waits to be taken.
    package func holds(_ key: Key) -> Bool { slots.change { $0.waiting[key] != nil } }

    package func close() { slots.change { $0.isClosed = true } }
}
