/// Whether two numbers are the same, with broadcasting
enum EqualOperator: Operator {
    static let name = "Equal"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.compared(call, floats: { $0 == $1 }, integers: { $0 == $1 })]
    }
}
