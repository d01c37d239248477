package import Base

/// Works of one kind that wait, the oldest first. Bounded. Pure: the clock is a parameter.
package struct WorkLine<Work> {
    private var works: [(work: Work, until: MonotonicTime?)] = []
    private let capacity: Int
    private let deadline: Duration?

    package init(_ kind: WorkKind) {
        capacity = kind.capacity ?? .max
        deadline = kind.deadline
        works.reserveCapacity(min(capacity, 64))
    }

    package var isEmpty: Bool { works.isEmpty }
    package var count: Int { works.count }

    /// - Parameter mayBeLate: false: it is worth doing however long it waits.
    /// - Returns: false when there is no room.
    package mutating func add(_ work: Work, at now: MonotonicTime, mayBeLate: Bool = true) -> Bool {
        guard works.count < capacity else { return false }
        works.append((work, mayBeLate ? deadline.map { now + $0 } : nil))
        return true
    }

    /// The one that has waited longest.
    package mutating func take() -> Work? { works.isEmpty ? nil : works.removeFirst().work }

    /// The first of which the answer is too late; it waits no more.
    package mutating func takeLate(at now: MonotonicTime) -> Work? {
        let late = works.firstIndex { work in work.until.map { now > $0 } ?? false }
        return late.map { works.remove(at: $0).work }
    }
}
