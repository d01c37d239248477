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

    package init() {}

    /// Replaces an untaken older value; returns true when one was lost by it.
    @discardableResult
    package func put(_ value: Value, for key: Key) -> Bool {
        slots.change { slots in
            let lost = slots.waiting.updateValue(value, forKey: key) != nil
            if !lost { slots.order.append(key) }
            return lost
        }
    }

    /// For replay at full pace, where nothing may be lost: waits until the slot is free. False when closed or timed out.
    package func hand(_ value: Value, for key: Key, within timeout: Duration) -> Bool {
        slots.wait(atMost: timeout) { slots -> Bool? in
            if slots.isClosed { return false }
            guard slots.waiting[key] == nil else { return nil }
            slots.waiting[key] = value
            slots.order.append(key)
            return true
        } ?? false
    }

    /// The value that has waited longest, or nil after `timeout` or when closed.
    package func take(within timeout: Duration) -> (key: Key, value: Value)? {
        slots.wait(atMost: timeout) { slots -> (key: Key, value: Value)?? in
            if let key = slots.order.first, let value = slots.waiting.removeValue(forKey: key) {
                slots.order.removeFirst()
                return .some((key, value))
            }
            return slots.isClosed ? .some(nil) : nil
        } ?? nil
    }

    /// True while a value for this key waits to be taken.
    package func holds(_ key: Key) -> Bool { slots.change { $0.waiting[key] != nil } }

    package func close() { slots.change { $0.isClosed = true } }
}
