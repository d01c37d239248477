import KernelTypes

/// The largest (or smallest) numbers of each row, in order, and where they were.
@safe final class TopKStep: Step {
    private let from: MutablePlane
    private let values: MutablePlane
    private let positions: MutablePlane
    private let scratch: PlaneList
    private let rows: Int
    private let columns: Int
    private let most: Int
    private let isLargest: Bool

    /// - Parameter scratch: room for `columns` numbers for each thread.
    init(
        from: MutablePlane, values: MutablePlane, positions: MutablePlane, scratch: PlaneList, rows: Int, columns: Int,
        most: Int, isLargest: Bool
    ) {
        unsafe self.from = unsafe from
        unsafe self.values = unsafe values
        unsafe self.positions = unsafe positions
        self.scratch = scratch
        self.rows = rows
        self.columns = columns
        self.most = most
        self.isLargest = isLargest
    }

    func run(_ part: Part) {
        part.split(rows) { worker, range in
            for row in range { unsafe sort(from + row * columns, scratch[worker], row * most) }
        }
    }

    /// Order by number, then by place: what comes first wins.
    private func sort(_ source: MutablePlane, _ heap: MutablePlane, _ target: Int) {
        for index in 0..<columns { unsafe heap[index] = Float(index) }
        func isBefore(_ a: Float, _ b: Float) -> Bool {
            let (x, y) = unsafe (source[Int(a)], source[Int(b)])
            if x == y || (x.isNaN && y.isNaN) { return a < b }
            if x.isNaN || y.isNaN { return x.isNaN == isLargest }
            return isLargest ? x > y : x < y
        }
        // A heap sort of the places: no allocation, and k · log n after the heap is there.
        unsafe PlaceHeap.build(heap, columns, isBefore)
        for index in 0..<most {
            let place = unsafe PlaceHeap.take(heap, columns - index, isBefore)
            unsafe positions[target + index] = Float(place)
            unsafe values[target + index] = unsafe source[place]
        }
    }
}

/// Running sums of each row.
@safe final class RunningSumStep: Step {
    private let from: MutablePlane
    private let to: MutablePlane
    private let rows: Int
    private let columns: Int
    private let isExclusive: Bool
    private let isReverse: Bool

    init(from: MutablePlane, to: MutablePlane, rows: Int, columns: Int, isExclusive: Bool, isReverse: Bool) {
        unsafe self.from = unsafe from
        unsafe self.to = unsafe to
        self.rows = rows
        self.columns = columns
        self.isExclusive = isExclusive
        self.isReverse = isReverse
    }

    func run(_ part: Part) {
        part.split(rows) { _, range in
            for row in range {
                var sum: Float = 0
                for step in 0..<columns {
                    let index = row * columns + (isReverse ? columns - 1 - step : step)
                    let before = sum
                    unsafe sum += from[index]
                    unsafe to[index] = isExclusive ? before : sum
                }
            }
        }
    }
}
