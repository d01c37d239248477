/// log Σ x along axes
enum ReduceLogSumOperator: Operator {
    static let name = "ReduceLogSum"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.lower(call, lowering, .sum, after: .logarithm)
    }
}
