import KernelTypes

/// min(max(alpha · x + beta, 0), 1)
enum HardSigmoidOperator: Operator {
    static let name = "HardSigmoid"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (alpha, beta) = (try call.float("alpha", 0.2), try call.float("beta", 0.5))
        return [try lowering.unary(try call.input(0), .activation(.hardSigmoid(alpha: alpha, beta: beta)))]
    }
}
