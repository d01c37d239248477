/// Where the runs of an index map begin, worked out while they are walked through: a list of them takes twice the memory of a
/// tensor that is moved number by number.
struct RunStarts {
    /// How many runs there are.
    let count: Int
    /// Of the first run.
    private let base: Int
    /// Those outside of the runs that have more than one entry, outermost first. The last one is walked through without divisions.
    private let dimensions: [Dimension]
    private let inner: Dimension
    /// What the entries of uneven dimensions add to the first one's, one dimension after the other.
    private let uneven: FixedList<Int>

    /// A dimension, and what its entries add to the first one's.
    private struct Dimension {
        var side: Int
        /// From one entry to the next.
        var step: Int
        /// Where the entries are in `uneven`; nil: they are evenly far from each other.
        var first: Int?
    }

    /// - Parameter filled: how many of the last dimensions a run fills.
    init(_ map: IndexMap, filled: Int) {
        let isEmpty = map.offsets.contains(where: \.isEmpty)
        base = map.offsets.reduce(0) { $0 + ($1.first ?? 0) }
        var list: [Int] = []
        var found: [Dimension] = []
        for axis in map.offsets.dropLast(filled) where !isEmpty && axis.count > 1 {
            let start = axis[0], step = axis[1] - start
            let isEven = axis.indices.allSatisfy { axis[$0] == start + $0 * step }
            found.append(Dimension(side: axis.count, step: step, first: isEven ? nil : list.count))
            if !isEven { list += axis.map { $0 - start } }
        }
        count = isEmpty ? 0 : found.reduce(1) { $0 * $1.side }
        inner = found.popLast() ?? Dimension(side: 1, step: 0)
        dimensions = found
        uneven = FixedList(list)
    }

    /// - Parameter range: of runs, within `count`.
    func forEach(in range: Range<Int>, _ body: (_ run: Int, _ start: Int) -> Void) {
        forEachRow(in: range) { row, entries, run in
            let start = start(row: row)
            for index in entries { body(run + index, start + offset(inner, index)) }
        }
    }

    /// The same of two maps with the same sides.
    func forEach(
        in range: Range<Int>, beside other: RunStarts, _ body: (_ run: Int, _ start: Int, _ otherStart: Int) -> Void
    ) {
        precondition(inner.side == other.inner.side && count == other.count, "runs of other sides")
        forEachRow(in: range) { row, entries, run in
            let start = start(row: row), otherStart = other.start(row: row)
            for index in entries {
                body(run + index, start + offset(inner, index), otherStart + other.offset(other.inner, index))
            }
        }
    }

    /// Pieces of the innermost dimension that lie in the range, and the number of the run of its entry 0.
    private func forEachRow(in range: Range<Int>, _ body: (_ row: Int, _ entries: Range<Int>, _ run: Int) -> Void) {
        precondition(0 <= range.lowerBound && range.upperBound <= count, "runs \(range) of \(count)")
        var run = range.lowerBound
        while run < range.upperBound {
            let row = run / inner.side, first = row * inner.side
            let entries = run - first..<min(inner.side, range.upperBound - first)
            body(row, entries, first)
            run = first + entries.upperBound
        }
    }

    /// Without what the innermost dimension adds.
    private func start(row: Int) -> Int {
        var start = base, rest = row
        for dimension in dimensions.reversed() {
            start += offset(dimension, rest % dimension.side)
            rest /= dimension.side
        }
        return start
    }

    private func offset(_ dimension: Dimension, _ index: Int) -> Int {
        guard let first = dimension.first else { return index * dimension.step }
        return unsafe uneven.start[first + index]
    }
}
