/// The largest number under a sliding window
enum MaxPoolOperator: Operator {
    static let name = "MaxPool"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Pooling.lower(call, lowering, .maximum)
    }
}
