/// x / (1 + |x|)
enum SoftsignOperator: Operator {
    static let name = "Softsign"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain { $0 / (1 + abs($0)) })]
    }
}
