/// The maximum of every plane
enum GlobalMaxPoolOperator: Operator {
    static let name = "GlobalMaxPool"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.global(call, lowering, .maximum)
    }
}
