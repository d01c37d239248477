/// x where x > alpha, else 0
enum ThresholdedReluOperator: Operator {
    static let name = "ThresholdedRelu"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let alpha = try call.float("alpha", 1)
        return [try lowering.unary(try call.input(0), .plain { $0 > alpha ? $0 : 0 })]
    }
}
