import Glibc

/// max(0, x) + min(0, alpha · (e^(x / alpha) − 1))
enum CeluOperator: Operator {
    static let name = "Celu"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let alpha = try call.float("alpha", 1)
        guard alpha != 0 else { throw call.invalid("alpha 0") }
        return [try lowering.unary(try call.input(0), .plain { max(0, $0) + min(0, alpha * expm1f($0 / alpha)) })]
    }
}
