import KernelTypes

/// x where x >= 0, else alpha · x
enum LeakyReluOperator: Operator {
    static let name = "LeakyRelu"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .activation(.leakyRelu(slope: try call.float("alpha", 0.01))))]
    }
}
