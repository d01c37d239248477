import KernelTypes

/// 1 / x
enum ReciprocalOperator: Operator {
    static let name = "Reciprocal"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .reciprocal)]
    }
}
