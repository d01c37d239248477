import KernelTypes

/// 1 / (1 + e⁻ˣ)
enum SigmoidOperator: Operator {
    static let name = "Sigmoid"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .activation(.sigmoid))]
    }
}
