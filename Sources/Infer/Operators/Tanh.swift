import KernelTypes

/// tanh x
enum TanhOperator: Operator {
    static let name = "Tanh"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .activation(.tanh))]
    }
}
