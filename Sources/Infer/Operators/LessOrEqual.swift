/// left <= right, with broadcasting
enum LessOrEqualOperator: Operator {
    static let name = "LessOrEqual"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.compared(call, floats: { $0 <= $1 }, integers: { $0 <= $1 })]
    }
}
