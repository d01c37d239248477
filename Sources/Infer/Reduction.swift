/// What the Reduce operators, the global pools and ArgMax share.
enum Reduction {
    case sum, mean, maximum, minimum, product
    /// The position of the largest number; of the last one among equals when asked.
    case argMax(last: Bool)

    /// Axes are an attribute up to operator set 12 (ReduceSum) or 17 (the others), an input after that.
    ///
    /// - Parameters:
    ///   - before: of every number before, and `after`: of every result.
    static func lower(
        _ call: Call, _ lowering: Lowering, _ kind: Reduction, before: UnaryFunction? = nil,
        after: UnaryFunction? = nil
    ) throws(InferError) -> [Value] {
        var value = try call.input(0)
        let axes = try axes(call, value)
        if case .integers(let list) = value.content, before == nil, after == nil {
            guard let axes else { return [value] }
            return [try integers(call, lowering, value, list, axes, kind)]
        }
        guard case .floats = value.content else { throw call.unsupported("integers") }
        if let before { value = try lowering.unary(value, before) }
        if let axes {
            value = try reduced(
                call, lowering, value, axes, keeps: try call.int("keepdims", 1) != 0, kind)
        }
        return [try after.map { after throws(InferError) in try lowering.unary(value, after) } ?? value]
    }

    /// Of integers that are known. Overflow wraps, as it does in ONNX Runtime.
    private static func integers(
        _ call: Call, _ lowering: Lowering, _ value: Value, _ list: Integers, _ axes: [Int], _ kind: Reduction
    ) throws(InferError) -> Value {
        let strides = rowMajorStrides(value.shape)
        let kept = value.shape.indices.filter { !axes.contains($0) }
        let order = kept + value.shape.indices.filter(axes.contains)
        let map = IndexMap(offsets: order.map { axis in (0..<value.shape[axis]).map { $0 * strides[axis] } })
        try lowering.countKnown(list.count, "integers of shape \(value.shape)")
        let rows = map.applied(to: list), columns = axes.map { value.shape[$0] }.reduce(1, *)
        guard columns > 0 else { throw call.unsupported("reducing nothing") }
        let join: (Int64, Int64) -> Int64
        switch kind {
        case .sum: join = { $0 &+ $1 }
        case .product: join = { $0 &* $1 }
        case .maximum: join = { max($0, $1) }
        case .minimum: join = { min($0, $1) }
        case .mean, .argMax: throw call.unsupported("integers")
        }
        let results = stride(from: 0, to: rows.count, by: columns).map { start in
            rows[(start + 1)..<(start + columns)].reduce(rows[start], join)
        }
        let keeps = try call.int("keepdims", 1) != 0
        let shape =
            keeps ? value.shape.indices.map { axes.contains($0) ? 1 : value.shape[$0] } : kept.map { value.shape[$0] }
        return .integers(shape, results, type: value.type)
    }

    /// Nil: nothing is reduced.
    static func axes(_ call: Call, _ value: Value) throws(InferError) -> [Int]? {
        let rank = value.shape.count
        let axes = try call.axes(try call.integers(attribute: "axes", orInput: 1) ?? [], rank: rank)
        if !axes.isEmpty { return axes }
        return try call.int("noop_with_empty_axes", 0) != 0 ? nil : Array(0..<rank)
    }

    static func reduced(
        _ call: Call, _ lowering: Lowering, _ value: Value, _ axes: [Int], keeps: Bool, _ kind: Reduction
    ) throws(InferError) -> Value {
        guard case .floats = value.content else { throw call.unsupported("integers") }
        let kept = value.shape.indices.filter { !axes.contains($0) }
        let gone = value.shape.indices.filter { axes.contains($0) }
        let rows = try TransposeOperator.transposed(value, kept + gone, lowering)
        let columns = gone.map { value.shape[$0] }.reduce(1, *)
        let shape =
            keeps
            ? value.shape.indices.map { axes.contains($0) ? 1 : value.shape[$0] } : kept.map { value.shape[$0] }
        let count = try Limits.elements(of: shape)
        guard columns > 0 || count == 0 else { throw call.unsupported("reducing nothing") }
        let source = try lowering.planes(rows, size: max(columns, 1))
        let target = try lowering.newDense(shape)
        let kernels = lowering.kernels
        try lowering.emit(reads: [source], writes: [target]) { memory in
            unsafe ReduceStep(
                kernels, kind, from: PlaneList(source, in: memory), floats: columns, to: memory.pointer(target))
        }
        return .floats(shape, target)
    }

    /// The mean or maximum of every plane of [batch, channels, …].
    static func global(_ call: Call, _ lowering: Lowering, _ kind: Reduction) throws(InferError) -> [Value] {
        let value = try call.input(0)
        guard value.shape.count >= 3 else { throw call.invalid("input of shape \(value.shape)") }
        return [try reduced(call, lowering, value, Array(2..<value.shape.count), keeps: true, kind)]
    }
}
