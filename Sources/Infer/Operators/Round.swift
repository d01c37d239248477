/// The nearest whole number, halves to even
enum RoundOperator: Operator {
    static let name = "Round"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .roundHalfToEven)]
    }
}
