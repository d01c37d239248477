/// Whether a number is infinite, of the signs that are asked for
enum IsInfOperator: Operator {
    static let name = "IsInf"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let positive = try call.int("detect_positive", 1) != 0
        let negative = try call.int("detect_negative", 1) != 0
        return [
            try lowering.unary(
                try call.input(0), .plain { $0.isInfinite && ($0 > 0 ? positive : negative) ? 1 : 0 }
            ).typed(.bool)
        ]
    }
}
