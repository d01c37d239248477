import KernelTypes

/// √x
enum SqrtOperator: Operator {
    static let name = "Sqrt"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .sqrt)]
    }
}
