/// The maximum over some axes
enum ReduceMaxOperator: Operator {
    static let name = "ReduceMax"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.lower(call, lowering, .maximum)
    }
}
