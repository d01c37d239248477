import KernelTypes

/// aᵇ, with broadcasting
enum PowOperator: Operator {
    static let name = "Pow"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.binary(call, try call.input(0), try call.input(1), .power)]
    }
}
