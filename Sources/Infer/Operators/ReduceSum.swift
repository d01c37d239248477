/// The sum over some axes
enum ReduceSumOperator: Operator {
    static let name = "ReduceSum"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.lower(call, lowering, .sum)
    }
}
