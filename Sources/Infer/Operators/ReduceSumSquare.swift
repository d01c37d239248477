/// Σ x² along axes
enum ReduceSumSquareOperator: Operator {
    static let name = "ReduceSumSquare"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.lower(call, lowering, .sum, before: .plain { $0 * $0 })
    }
}
