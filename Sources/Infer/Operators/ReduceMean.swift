/// The mean over some axes
enum ReduceMeanOperator: Operator {
    static let name = "ReduceMean"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.lower(call, lowering, .mean)
    }
}
