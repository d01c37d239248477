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

    func run(_ workers: Workers) {
        workers.split(from.count) { _, range in
            for index in range { unsafe to[index].update(from: from[index], count: floats) }
        }
    }
}

/// Moves numbers as an index map says, from one dense tensor to another.
@safe final class MoveElements: Step {
    private let runs: [Int]
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
        var starts: [Int] = []
        if run.dimensions > 0 || map.offsets.isEmpty {
            inner = []
            map.forEachRun(dimensions: run.dimensions) { starts.append($0) }
        } else {
            inner = map.offsets.last ?? []
            IndexMap(offsets: Array(map.offsets.dropLast())).forEachRun(dimensions: 0) { starts.append($0) }
        }
        runs = starts
    }

    func run(_ workers: Workers) {
        workers.split(runs.count) { _, range in
            if inner.isEmpty {
                for index in range { unsafe (to + index * length).update(from: from + runs[index], count: length) }
            } else {
                for index in range { gather(unsafe from + runs[index], unsafe to + index * inner.count) }
            }
        }
    }

    private func gather(_ source: MutablePlane, _ target: MutablePlane) {
        inner.withUnsafeBufferPointer { offsets in
            for index in offsets.indices { unsafe target[index] = unsafe source[offsets[index]] }
        }
    }
}
