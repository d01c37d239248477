/// x where x >= 0, else alpha · (eˣ − 1)
enum EluOperator: Operator {
    static let name = "Elu"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .elu(alpha: try call.float("alpha", 1)))]
    }
}
