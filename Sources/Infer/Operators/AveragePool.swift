/// The mean under a sliding window
enum AveragePoolOperator: Operator {
    static let name = "AveragePool"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Pooling.lower(call, lowering, .average(countsPadding: try call.int("count_include_pad", 0) != 0))
    }
}
