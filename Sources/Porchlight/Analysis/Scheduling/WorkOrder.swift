/// Which kind of work is next. Pure.
///
/// The first kind that has work is next, in the order of the kinds. One that has waited while as many works of others were
/// done as its patience allows comes before; of several such ones the one that has waited longest beyond its patience, and
/// of equal ones the first. So a kind waits for at most its patience and one work of each other kind, whatever the others
/// have to do.
package struct WorkOrder: Sendable {
    private let patience: [Int]
    /// For each kind: works of others that were done while it waited.
    private var passedOver: [Int]

    /// - Parameter kinds: by priority.
    package init(_ kinds: [WorkKind]) {
        patience = kinds.map { max(1, $0.patience) }
        passedOver = kinds.map { _ in 0 }
    }

    /// - Parameter isWaiting: whether the kind of this index has work that can be done now.
    /// - Returns: the index of the kind of which one work is done now; nil when none waits.
    package mutating func next(where isWaiting: (Int) -> Bool) -> Int? {
        var (first, starved) = (Int?.none, Int?.none)
        for index in patience.indices {
            guard isWaiting(index) else {
                passedOver[index] = 0
                continue
            }
            passedOver[index] += 1
            first = first ?? index
            if excess(of: index) > max(0, starved.map(excess(of:)) ?? 0) { starved = index }
        }
        let next = starved ?? first
        if let next { passedOver[next] = 0 }
        return next
    }

    /// By how much this turn would be beyond its patience.
    private func excess(of index: Int) -> Int { passedOver[index] - patience[index] }
}
