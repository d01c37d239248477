/// Every operator that only moves numbers (Slice, Transpose, Gather, Expand, Split, …) in one form: output element
/// (i0, i1, …) is input element `offsets[0][i0] + offsets[1][i1] + …` of the row-major input.
struct IndexMap {
    var offsets: [[Int]]

    var shape: [Int] { offsets.map(\.count) }

    /// Everything as it is: start of every other map.
    init(identity shape: [Int]) {
        let strides = rowMajorStrides(shape)
        offsets = zip(shape, strides).map { side, stride in (0..<side).map { $0 * stride } }
    }

    init(offsets: [[Int]]) { self.offsets = offsets }

    /// How many output elements in a row are neighbours in the input as well, and how many dimensions they fill.
    var run: (length: Int, dimensions: Int) {
        var length = 1
        var dimensions = 0
        for axis in offsets.reversed() {
            guard let first = axis.first else { break }
            guard axis.indices.allSatisfy({ axis[$0] == first + $0 * length }) else { break }
            length *= axis.count
            dimensions += 1
        }
        return (length, dimensions)
    }

    /// Calls `body` with the input element of each output run, in output order.
    func forEachRun(dimensions: Int, _ body: (Int) -> Void) {
        let runs = RunStarts(self, filled: dimensions)
        runs.forEach(in: 0..<runs.count) { _, start in body(start) }
    }

    /// The moved numbers.
    func applied<Numbers: RandomAccessCollection>(to values: Numbers) -> [Numbers.Element] where Numbers.Index == Int {
        var moved: [Numbers.Element] = []
        moved.reserveCapacity(shape.reduce(1, *))
        let run = run
        forEachRun(dimensions: run.dimensions) { start in
            for place in start..<start + run.length { moved.append(values[place]) }
        }
        return moved
    }

    /// The moved tensor as a list of blocks, or nil when the pieces would be too small to be worth it.
    func applied(to layout: Layout) -> Layout? {
        if offsets.contains(where: \.isEmpty) { return .empty }
        let run = run
        var piece = greatestCommonDivisor(run.length, layout.blockSize)
        for axis in offsets.dropLast(run.dimensions) {
            for offset in axis { piece = greatestCommonDivisor(piece, offset) }
        }
        for axis in offsets.suffix(run.dimensions) { piece = greatestCommonDivisor(piece, axis.first ?? 0) }
        let count = shape.reduce(1, *)
        guard Layout.isWorthScattering(count: count, piece: piece) else { return nil }
        var blocks: [Block] = []
        forEachRun(dimensions: run.dimensions) { start in
            for element in stride(from: start, to: start + run.length, by: piece) {
                let block = layout.blocks[element / layout.blockSize]
                blocks.append(Block(storage: block.storage, offset: block.offset + element % layout.blockSize))
            }
        }
        return Layout(blockSize: piece, blocks: blocks)
    }
}

extension Layout {
    /// Pointers to tiny pieces cost more than a copy.
    static func isWorthScattering(count: Int, piece: Int) -> Bool {
        count / piece <= 64 || (piece >= 16 && count / piece <= 1 << 16)
    }
}

/// How far one step along each dimension is in a dense row-major tensor.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
    var strides = shape
    var step = 1
    for axis in shape.indices.reversed() {
        strides[axis] = step
        step *= shape[axis]
    }
    return strides
}
