/// One of two integer tensors, chosen by a third: shape arithmetic, known at load time
enum WhereOperator: Operator {
    static let name = "Where"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        var shape: [Int] = []
        for index in 0..<3 { shape = try lowering.broadcast(call, shape, try call.input(index).shape) }
        guard try Limits.elements(of: shape) <= Limits.integerElements else { throw call.unsupported("shape \(shape)") }
        var lists: [[Int64]] = []
        for index in 0..<3 {
            let value = try call.input(index)
            guard case .integers(let list) = value.content else { throw call.unsupported("floats") }
            lists.append(IndexMap(broadcasting: value.shape, to: shape).applied(to: list))
        }
        let chosen = lists[0].indices.map { lists[0][$0] != 0 ? lists[1][$0] : lists[2][$0] }
        return [.integers(shape, chosen, type: try call.input(1).type)]
    }
}
