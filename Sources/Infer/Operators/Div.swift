import KernelTypes

/// a / b, with broadcasting; whole numbers are cut off towards zero
enum DivOperator: Operator {
    static let name = "Div"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (left, right) = (try call.input(0), try call.input(1))
        let areWhole = !left.type.isReal && !right.type.isReal
        if !areWhole || lowering.areIntegers(left, right) {
            return [try lowering.binary(call, left, right, .kernel(.divide))]
        }
        // Positions that a network makes while it runs: exact below 2^24, and so is where their quotient is cut.
        return [try lowering.binary(call, left, right, .plain { $1 == 0 ? 0 : ($0 / $1).rounded(.towardZero) })]
    }
}
