import KernelTypes

/// The error function, of which GELU is made
enum ErfOperator: Operator {
    static let name = "Erf"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .activation(.erf))]
    }
}
