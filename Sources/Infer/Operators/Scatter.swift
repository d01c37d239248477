/// What ScatterElements was called up to operator set 10
enum ScatterOperator: Operator {
    static let name = "Scatter"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try ScatterElementsOperator.lower(call, lowering)
    }
}
