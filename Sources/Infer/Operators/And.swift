/// Both, with broadcasting
enum AndOperator: Operator {
    static let name = "And"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.compared(call, floats: { $0 != 0 && $1 != 0 }, integers: { $0 != 0 && $1 != 0 })]
    }
}
