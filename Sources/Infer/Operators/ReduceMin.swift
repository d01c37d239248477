/// The minimum over some axes
enum ReduceMinOperator: Operator {
    static let name = "ReduceMin"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.lower(call, lowering, .minimum)
    }
}
