/// Σ |x| along axes
enum ReduceL1Operator: Operator {
    static let name = "ReduceL1"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.lower(call, lowering, .sum, before: .absolute)
    }
}
