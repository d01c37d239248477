/// One number, repeated over a shape that is known at load time
enum ConstantOfShapeOperator: Operator {
    static let name = "ConstantOfShape"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let shape = try call.integers(0)
        let count = try Limits.elements(of: shape)
        try lowering.countKnown(count, "a constant of shape \(shape)")
        guard case .tensor(let tensor) = call.node.attributes["value"] else {
            return [.floats(shape, lowering.constant(FloatBuffer(count: count)))]
        }
        switch tensor.content {
        case .integers(let list):
            return [.integers(shape, [Int64](repeating: list.first ?? 0, count: count), type: tensor.type)]
        case .floats(let buffer):
            let number = buffer.array().first ?? 0
            return [.floats(shape, lowering.constant(FloatBuffer([Float](repeating: number, count: count))))]
        }
    }
}
