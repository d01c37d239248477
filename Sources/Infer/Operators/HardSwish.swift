import KernelTypes

/// x · min(max(x/6 + 1/2, 0), 1)
enum HardSwishOperator: Operator {
    static let name = "HardSwish"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .activation(.hardSwish))]
    }
}
