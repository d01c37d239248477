/// The position of the smallest number along an axis, kept as a float (exact up to 2²⁴)
enum ArgMinOperator: Operator {
    static let name = "ArgMin"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try lowering.unary(try call.input(0), .negate)
        return [try ArgMaxOperator.position(call, value, lowering)]
    }
}
