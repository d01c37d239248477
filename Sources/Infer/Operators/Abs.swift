import KernelTypes

/// |x|
enum AbsOperator: Operator {
    static let name = "Abs"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .absolute)]
    }
}
