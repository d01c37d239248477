/// The product over some axes
enum ReduceProdOperator: Operator {
    static let name = "ReduceProd"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        try Reduction.lower(call, lowering, .product)
    }
}
