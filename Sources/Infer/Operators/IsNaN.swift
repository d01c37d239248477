/// Whether a number is none
enum IsNaNOperator: Operator {
    static let name = "IsNaN"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain { $0.isNaN ? 1 : 0 }).typed(.bool)]
    }
}
