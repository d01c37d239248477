import KernelTypes

/// a · b, with broadcasting
enum MulOperator: Operator {
    static let name = "Mul"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.binary(call, try call.input(0), try call.input(1), .kernel(.multiply))]
    }
}
