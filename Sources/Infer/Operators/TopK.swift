/// The k largest or smallest along an axis, in order, and their positions (kept as floats, exact up to 2²⁴)
enum TopKOperator: Operator {
    static let name = "TopK"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let rank = value.shape.count
        let axis = try call.axis(try call.int("axis", -1), rank: rank)
        let asked = try call.node.opset >= 10 ? call.integers(1).first : call.int("k", -1)
        guard let most = asked, (0...value.shape[axis]).contains(most), value.shape[axis] <= 1 << 24 else {
            throw call.invalid("k \(asked ?? -1) of \(value.shape)")
        }
        guard case .floats = value.content else { throw call.unsupported("integers") }
        let order = (0..<rank).filter { $0 != axis } + [axis]
        let back = (0..<rank).map { order.firstIndex(of: $0) ?? 0 }
        let turned = try TransposeOperator.transposed(value, order, lowering)
        let (values, positions) = try rows(
            turned, most: most, isLargest: try call.int("largest", 1) != 0, lowering)
        return [
            try TransposeOperator.transposed(values, back, lowering),
            try TransposeOperator.transposed(positions, back, lowering).typed(.int64),
        ]
    }

    private static func rows(
        _ value: Value, most: Int, isLargest: Bool, _ lowering: Lowering
    ) throws(InferError) -> (values: Value, positions: Value) {
        let columns = value.shape.last ?? 1
        let shape = Array(value.shape.dropLast()) + [most]
        let source = try lowering.dense(value)
        let (values, positions) = (try lowering.newDense(shape), try lowering.newDense(shape))
        let scratch = try lowering.newScratch(floats: columns)
        let rows = value.count / max(columns, 1)
        try lowering.emit(reads: [source], writes: [values, positions, scratch]) { memory in
            unsafe TopKStep(
                from: memory.pointer(source), values: memory.pointer(values), positions: memory.pointer(positions),
                scratch: PlaneList(scratch, in: memory), rows: rows, columns: columns, most: most,
                isLargest: isLargest)
        }
        return (.floats(shape, values), .floats(shape, positions))
    }
}
