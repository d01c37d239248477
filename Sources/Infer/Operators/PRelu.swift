import KernelTypes

/// x where x >= 0, else slope · x, with broadcasting
enum PReluOperator: Operator {
    static let name = "PRelu"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.binary(call, try call.input(0), try call.input(1), .prelu)]
    }
}
