/// The upper or lower triangle of the last two dimensions; 0 elsewhere
enum TriluOperator: Operator {
    static let name = "Trilu"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        guard value.shape.count >= 2 else { throw call.invalid("input of shape \(value.shape)") }
        let shift = try call.optional(1) == nil ? 0 : call.integers(1).first ?? 0
        let isUpper = try call.int("upper", 1) != 0
        let (rows, columns) = (value.shape[value.shape.count - 2], value.shape[value.shape.count - 1])
        try lowering.countKnown(try call.product([rows, columns], most: Limits.knownElements, "the mask"), "the mask")
        var mask: [Int64] = []
        for row in 0..<rows {
            for column in 0..<columns { mask.append((isUpper ? column - row >= shift : column - row <= shift) ? 1 : 0) }
        }
        if case .integers(let list) = value.content {
            return [.integers(value.shape, list.indices.map { mask[$0 % mask.count] * list[$0] }, type: value.type)]
        }
        let known = lowering.constant(FloatBuffer(mask.map(Float.init)))
        return [
            try lowering.binary(call, value, .floats([rows, columns], known), .plain { $1 == 0 ? 0 : $0 })
        ]
    }
}
