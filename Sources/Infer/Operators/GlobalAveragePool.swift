/// The mean of every plane
enum GlobalAveragePoolOperator: Operator {
    static let name = "GlobalAveragePool"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.global(call, lowering, .mean)
    }
}
