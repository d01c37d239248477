import KernelTypes

/// Copies blocks of `floats` numbers one by one.
@safe final class CopyBlocks: Step {
    private let from: PlaneList
    private let to: PlaneList
    private let floats: Int

    init(from: PlaneList, to: PlaneList, floats: Int) {
        self.from = from
        self.to = to
        self.floats = floats
    }

    func run(_ part: Part) {
        part.split(from.count) { _, range in
            for index in range { unsafe to[index].update(from: from[index], count: floats) }
        }
    }
}

/// Moves numbers as an index map says, from one dense tensor to another.
@safe final class MoveElements: Step {
    private let runs: RunStarts
    private let inner: [Int]
    private let length: Int
    private let from: MutablePlane
    private let to: MutablePlane

    /// The last dimension (or the contiguous run, if there is one) is the inner loop.
    init(_ map: IndexMap, from: MutablePlane, to: MutablePlane) {
        unsafe self.from = unsafe from
        unsafe self.to = unsafe to
        let run = map.run
        length = run.length
        if run.dimensions > 0 || map.offsets.isEmpty {
            inner = []
            runs = RunStarts(map, filled: run.dimensions)
        } else {
            inner = map.offsets.last ?? []
            runs = RunStarts(IndexMap(offsets: Array(map.offsets.dropLast())), filled: 0)
        }
    }

    func run(_ part: Part) {
        part.split(runs.count) { _, range in
            if inner.isEmpty {
                runs.forEach(in: range) { run, start in
                    unsafe (to + run * length).update(from: from + start, count: length)
                }
            } else {
                runs.forEach(in: range) { run, start in unsafe gather(from + start, to + run * inner.count) }
            }
        }
    }

    private func gather(_ source: MutablePlane, _ target: MutablePlane) {
        unsafe inner.withUnsafeBufferPointer { offsets in
            for index in offsets.indices { unsafe target[index] = unsafe source[offsets[index]] }
        }
    }
}

/// Fills a tensor with one number and puts another tensor into it.
@safe final class PadStep: Step {
    private let runs: RunStarts
    private let length: Int
    private let filler: Float
    private let from: MutablePlane
    private let to: MutablePlane
    private let floats: Int

    /// `map` says for each element of the source where it lands.
    init(_ map: IndexMap, _ filler: Float, from: MutablePlane, to: MutablePlane, floats: Int) {
        let run = map.run
        runs = RunStarts(map, filled: run.dimensions)
        length = run.length
        self.filler = filler
        unsafe self.from = unsafe from
        unsafe self.to = unsafe to
        self.floats = floats
    }

    func run(_ part: Part) {
        part.split(floats) { _, range in unsafe (to + range.lowerBound).update(repeating: filler, count: range.count) }
        part.split(runs.count) { _, range in
            runs.forEach(in: range) { run, start in
                unsafe (to + start).update(from: from + run * length, count: length)
            }
        }
    }
}

/// Copies rows from one pitch to another.
@safe final class StridedRows: Step {
    private let rows: Int
    private let floats: Int
    private let from: (start: MutablePlane, step: Int)
    private let to: (start: MutablePlane, step: Int)

    init(rows: Int, floats: Int, from: MutablePlane, fromStep: Int, to: MutablePlane, toStep: Int) {
        self.rows = rows
        self.floats = floats
        unsafe self.from = unsafe (from, fromStep)
        unsafe self.to = unsafe (to, toStep)
    }

    func run(_ part: Part) {
        part.split(rows) { _, range in
            for row in range {
                unsafe (to.start + row * to.step).update(from: from.start + row * from.step, count: floats)
            }
        }
    }
}
