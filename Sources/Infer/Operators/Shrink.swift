/// Towards zero by bias, and 0 between -lambd and lambd
enum ShrinkOperator: Operator {
    static let name = "Shrink"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (bias, limit) = (try call.float("bias", 0), try call.float("lambd", 0.5))
        return [try lowering.unary(try call.input(0), .plain { $0 < -limit ? $0 + bias : $0 > limit ? $0 - bias : 0 })]
    }
}
