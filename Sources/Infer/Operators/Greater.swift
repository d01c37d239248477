/// left > right, with broadcasting
enum GreaterOperator: Operator {
    static let name = "Greater"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.compared(call, floats: { $0 > $1 }, integers: { $0 > $1 })]
    }
}
