/// Running sums along an axis that is known at load time
enum CumSumOperator: Operator {
    static let name = "CumSum"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let rank = value.shape.count
        guard let asked = try call.integers(1).first else { throw call.invalid("no axis") }
        guard case .floats = value.content else { throw call.unsupported("integers") }
        let axis = try call.axis(asked, rank: rank)
        let (isExclusive, isReverse) = (try call.int("exclusive", 0) != 0, try call.int("reverse", 0) != 0)
        let order = (0..<rank).filter { $0 != axis } + [axis]
        let turned = try TransposeOperator.transposed(value, order, lowering)
        let source = try lowering.dense(turned)
        let target = try lowering.newDense(turned.shape)
        let columns = value.shape[axis]
        try lowering.emit(reads: [source], writes: [target]) { memory in
            unsafe RunningSumStep(
                from: memory.pointer(source), to: memory.pointer(target), rows: source.count / max(columns, 1),
                columns: columns, isExclusive: isExclusive, isReverse: isReverse)
        }
        let back = (0..<rank).map { order.firstIndex(of: $0) ?? 0 }
        return [try TransposeOperator.transposed(.floats(turned.shape, target), back, lowering)]
    }
}
