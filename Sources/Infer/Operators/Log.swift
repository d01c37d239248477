/// ln x
enum LogOperator: Operator {
    static let name = "Log"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .logarithm)]
    }
}
