/// ln(1 + eˣ)
enum SoftplusOperator: Operator {
    static let name = "Softplus"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .softplus)]
    }
}
