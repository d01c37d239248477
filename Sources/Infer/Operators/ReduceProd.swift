/// The product over some axes, or of known integers (a shape's number of elements)
enum ReduceProdOperator: Operator {
    static let name = "ReduceProd"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        guard case .integers(let list) = value.content, value.shape.count == 1 else {
            return try Reduction.lower(call, lowering, .product)
        }
        _ = try call.axes(try call.integers(attribute: "axes", orInput: 1) ?? [0], rank: 1)
        let product = list.reduce(1, &*)
        return [.integers(try call.int("keepdims", 1) != 0 ? [1] : [], [product], type: value.type)]
    }
}
