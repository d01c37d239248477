/// The next lower whole number
enum FloorOperator: Operator {
    static let name = "Floor"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .floor)]
    }
}
