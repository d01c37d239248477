import KernelTypes

/// a + b, with broadcasting
enum AddOperator: Operator {
    static let name = "Add"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.binary(call, try call.input(0), try call.input(1), .kernel(.add))]
    }
}
