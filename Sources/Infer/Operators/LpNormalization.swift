/// Numbers along an axis, divided by their 1- or 2-norm
enum LpNormalizationOperator: Operator {
    static let name = "LpNormalization"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let axis = try call.axis(try call.int("axis", -1), rank: value.shape.count)
        let norm: Value
        switch try call.int("p", 2) {
        case 1:
            norm = try Reduction.reduced(
                call, lowering, try lowering.unary(value, .absolute), [axis], keeps: true, .sum)
        case 2:
            let squares = try lowering.unary(value, .plain { $0 * $0 })
            norm = try lowering.unary(
                try Reduction.reduced(call, lowering, squares, [axis], keeps: true, .sum), .sqrt)
        case let other: throw call.invalid("p \(other)")
        }
        // Nothing but zeros stays so.
        return [try lowering.binary(call, value, norm, .plain { $1 == 0 ? 0 : $0 / $1 })]
    }
}
