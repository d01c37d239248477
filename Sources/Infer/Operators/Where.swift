/// One of two numbers, chosen by a third, with broadcasting
enum WhereOperator: Operator {
    static let name = "Where"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        var shape: [Int] = []
        for index in 0..<3 { shape = try lowering.broadcast(call, shape, try call.input(index).shape) }
        _ = try Limits.elements(of: shape)
        if let integers = try integers(call, shape) { return [integers] }
        var parts: [Layout] = []
        for index in 0..<3 {
            let value = try call.input(index)
            let spread = try lowering.moved(value, IndexMap(broadcasting: value.shape, to: shape))
            parts.append(try lowering.dense(spread))
        }
        let target = try lowering.newDense(shape)
        try lowering.emit(reads: parts, writes: [target]) { memory in
            unsafe SelectStep(
                condition: memory.pointer(parts[0]), yes: memory.pointer(parts[1]), no: memory.pointer(parts[2]),
                to: memory.pointer(target), floats: target.count)
        }
        return [.floats(shape, target)]
    }

    /// Shape arithmetic, known at load time; nil when one of the three is not integers.
    private static func integers(_ call: Call, _ shape: [Int]) throws(InferError) -> Value? {
        var lists: [[Int64]] = []
        for index in 0..<3 {
            let value = try call.input(index)
            guard case .integers(let list) = value.content else { return nil }
            lists.append(IndexMap(broadcasting: value.shape, to: shape).applied(to: list))
        }
        guard lists[0].count <= Limits.knownElements else { throw call.unsupported("shape \(shape)") }
        let chosen = lists[0].indices.map { lists[0][$0] != 0 ? lists[1][$0] : lists[2][$0] }
        return .integers(shape, chosen, type: try call.input(1).type)
    }
}
