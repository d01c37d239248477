/// √ Σ x² along axes
enum ReduceL2Operator: Operator {
    static let name = "ReduceL2"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.lower(call, lowering, .sum, before: .plain { $0 * $0 }, after: .sqrt)
    }
}
