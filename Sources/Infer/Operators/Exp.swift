import KernelTypes

/// eˣ
enum ExpOperator: Operator {
    static let name = "Exp"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .exponential)]
    }
}
