import KernelTypes

/// −x
enum NegOperator: Operator {
    static let name = "Neg"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .negate)]
    }
}
