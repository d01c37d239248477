/// Repeats sides of 1
enum ExpandOperator: Operator {
    static let name = "Expand"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let shape = try lowering.broadcast(call, value.shape, try call.integers(1))
        _ = try Limits.elements(of: shape)
        return [try lowering.moved(value, IndexMap(broadcasting: value.shape, to: shape))]
    }
}
