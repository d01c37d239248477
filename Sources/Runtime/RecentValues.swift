/// What was made for the keys that were asked for lately, at most `capacity` of them. Few: it looks at all.
package struct RecentValues<Key: Equatable, Value> {
    package let capacity: Int
    /// The one asked for last comes last.
    private var entries: [(key: Key, value: Value)] = []

    /// - Parameter capacity: 1 or more.
    package init(capacity: Int) { self.capacity = max(1, capacity) }

    package var count: Int { entries.count }

    /// The value asked for last.
    package var latest: Value? { entries.last?.value }

    /// The value of `key`, which `make` makes when it is not there; the one asked for the longest ago then goes, before
    /// the new one is made.
    package mutating func value<E: Error>(for key: Key, make: () throws(E) -> Value) throws(E) -> Value {
        if let index = entries.firstIndex(where: { $0.key == key }) {
            let entry = entries.remove(at: index)
            entries.append(entry)
            return entry.value
        }
        if entries.count >= capacity { entries.removeFirst() }
        let value = try make()
        entries.append((key, value))
        return value
    }
}
