/// A number per class: `on` at the index, `off` elsewhere
enum OneHotOperator: Operator {
    static let name = "OneHot"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (indices, pair) = (try call.input(0), try call.floats(2, lowering))
        guard let depth = try call.floats(1, lowering).first, (1...1_048_576).contains(depth), pair.count == 2 else {
            throw call.invalid("depth or values")
        }
        let count = Int(depth)
        let axis = try call.axis(try call.int("axis", -1), rank: indices.shape.count + 1)
        let shape = indices.shape[..<axis] + [count] + indices.shape[axis...]
        _ = try Limits.elements(of: Array(shape))
        let classes = (0..<count).map(Float.init)
        let sides = [count] + [Int](repeating: 1, count: indices.shape.count - axis)
        let numbers = Value.floats(sides, lowering.constant(FloatBuffer(classes)))
        let spread = indices.reshaped(Array(indices.shape[..<axis] + [1] + indices.shape[axis...]))
        let isHere: @Sendable (Float, Float) -> Float = { index, number in
            (index < 0 ? index + depth : index) == number ? pair[1] : pair[0]
        }
        let floats = Value.floats(spread.shape, try lowering.layout(spread))
        return [try lowering.binary(call, floats, numbers, .plain(isHere)).typed((try call.input(2)).type)]
    }
}
