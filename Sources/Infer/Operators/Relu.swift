import KernelTypes

/// max(x, 0)
enum ReluOperator: Operator {
    static let name = "Relu"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .activation(.relu))]
    }
}
