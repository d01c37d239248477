/// The next higher whole number
enum CeilOperator: Operator {
    static let name = "Ceil"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .ceil)]
    }
}
