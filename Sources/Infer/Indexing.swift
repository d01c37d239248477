/// Where the rows of a Gather or Scatter lie: row r is `run` neighbouring numbers that begin at
/// `bases[r] + Σ index[positions[r] + k] · strides[k]` of the data.
struct Indexing {
    var run: Int
    var bases: [Int]
    var positions: [Int]
    var strides: [Int]
    /// How far each index may go; a negative one counts from the end.
    var sides: [Int]

    /// One index along one axis for each element of `shape`, which is the indices' own.
    /// - Parameter data: the shape of what is read from or written to.
    static func elements(_ call: Call, of shape: [Int], along axis: Int, data: [Int]) throws(InferError) -> Indexing {
        guard shape.count == data.count,
            shape.indices.allSatisfy({ $0 == axis || shape[$0] <= data[$0] })
        else { throw call.invalid("indices of shape \(shape) for \(data)") }
        let strides = rowMajorStrides(data)
        var map = IndexMap(identity: shape)
        for side in shape.indices {
            map.offsets[side] = (0..<shape[side]).map { side == axis ? 0 : $0 * strides[side] }
        }
        var bases: [Int] = []
        map.forEachRun(dimensions: 0) { bases.append($0) }
        return Indexing(
            run: 1, bases: bases, positions: Array(bases.indices), strides: [strides[axis]], sides: [data[axis]])
    }

    /// Indices of several axes at once: the last dimension of `shape` holds one index for each axis from `batch` on.
    static func tuples(_ call: Call, of shape: [Int], batch: Int, data: [Int]) throws(InferError) -> Indexing {
        guard let depth = shape.last, depth >= 1, batch >= 0, batch + depth <= data.count, batch < shape.count,
            shape[..<batch] == data[..<batch]
        else { throw call.invalid("indices of shape \(shape) for \(data)") }
        let strides = rowMajorStrides(data)
        let rows = shape.dropLast().reduce(1, *), batches = shape[..<batch].reduce(1, *)
        let rowsPerBatch = rows / max(batches, 1), batchStride = data[batch...].reduce(1, *)
        return Indexing(
            run: data[(batch + depth)...].reduce(1, *),
            bases: (0..<rows).map { $0 / max(rowsPerBatch, 1) * batchStride },
            positions: (0..<rows).map { $0 * depth }, strides: Array(strides[batch..<batch + depth]),
            sides: Array(data[batch..<batch + depth]))
    }

    /// Indices that are known at load time must fit; others are clamped when they are there.
    func check(_ call: Call, _ indices: Value) throws(InferError) {
        guard sides.allSatisfy({ $0 > 0 }) || bases.isEmpty else { throw call.invalid("indices into nothing") }
        guard sides.allSatisfy({ $0 <= 1 << 24 }) else { throw call.unsupported("a side of \(sides.max() ?? 0)") }
        guard case .integers(let list) = indices.content else { return }
        for (number, index) in list.wide.enumerated() {
            let side = Int64(sides[number % sides.count])
            guard (-side..<side).contains(index) else { throw call.invalid("index \(index) of \(side)") }
        }
    }

    /// Where row `row` begins. Never outside of the data.
    func start(_ row: Int, _ indices: UnsafePointer<Float>) -> Int {
        var start = bases[row]
        for k in strides.indices {
            let told = unsafe indices[positions[row] + k]
            let index = told.isFinite ? Int(max(-16_777_216, min(16_777_216, told))) : 0
            start += min(max(index < 0 ? index + sides[k] : index, 0), sides[k] - 1) * strides[k]
        }
        return start
    }
}

extension Lowering {
    func gathered(
        _ call: Call, _ data: Value, _ indices: Value, _ indexing: Indexing, _ shape: [Int]
    ) throws(InferError) -> Value {
        try indexing.check(call, indices)
        let source = try floatsOnly(call, data)
        let places = try dense(indices)
        let target = try newDense(shape)
        guard target.count > 0 else { return .floats(shape, target).typed(data.type) }
        try emit(reads: [source, places], writes: [target]) { memory in
            unsafe GatherStep(
                indexing, from: memory.pointer(source), indices: memory.pointer(places), to: memory.pointer(target))
        }
        return .floats(shape, target).typed(data.type)
    }

    /// A copy of the data, into which the updates are put.
    func scattered(
        _ call: Call, _ data: Value, _ indices: Value, _ updates: Value, _ indexing: Indexing
    ) throws(InferError) -> Value {
        try indexing.check(call, indices)
        guard updates.count == indexing.bases.count * indexing.run else {
            throw call.invalid("updates of shape \(updates.shape) at indices of shape \(indices.shape)")
        }
        guard let reduction = ScatterStep.Reduction(rawValue: try call.string("reduction", "none")) else {
            throw call.invalid("reduction \"\(try call.string("reduction", ""))\"")
        }
        let target = try copied(try floatsOnly(call, data), to: try newDense(data.shape))
        let (places, values) = (try dense(indices), try floatsOnly(call, updates))
        guard values.count > 0 else { return .floats(data.shape, target) }
        try emit(reads: [places, values, target], writes: [target]) { memory in
            unsafe ScatterStep(
                indexing, reduction, from: memory.pointer(values), indices: memory.pointer(places),
                to: memory.pointer(target))
        }
        return .floats(data.shape, target).typed(data.type)
    }

    /// Known integers would lose digits as floats.
    func floatsOnly(_ call: Call, _ value: Value) throws(InferError) -> Layout {
        guard case .floats = value.content else { throw call.unsupported("integers") }
        return try dense(value)
    }
}
