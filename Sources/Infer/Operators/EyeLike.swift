/// Ones on a diagonal, of the shape of the input
enum EyeLikeOperator: Operator {
    static let name = "EyeLike"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        guard value.shape.count == 2 else { throw call.invalid("input of shape \(value.shape)") }
        let shift = try call.int("k", 0)
        guard let type = ElementType(rawValue: try call.int("dtype", value.type.rawValue)) else {
            throw call.unsupported("data type \(try call.int("dtype", 0))")
        }
        try lowering.countKnown(value.count, "a matrix of shape \(value.shape)")
        var list: [Int64] = []
        for row in 0..<value.shape[0] {
            for column in 0..<value.shape[1] { list.append(column - row == shift ? 1 : 0) }
        }
        if type.isReal { return [.floats(value.shape, lowering.constant(FloatBuffer(list.map(Float.init))))] }
        return [.integers(value.shape, list, type: type)]
    }
}
