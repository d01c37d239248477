/// left < right, with broadcasting
enum LessOperator: Operator {
    static let name = "Less"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.compared(call, floats: { $0 < $1 }, integers: { $0 < $1 })]
    }
}
