/// The same tensor under another name
enum IdentityOperator: Operator {
    static let name = "Identity"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] { [try call.input(0)] }
}
