/// -1, 0 or 1; not a number stays so
enum SignOperator: Operator {
    static let name = "Sign"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 })]
    }
}
