import Glibc

/// gamma · x where x > 0, else gamma · alpha · (eˣ − 1)
enum SeluOperator: Operator {
    static let name = "Selu"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let alpha = try call.float("alpha", 1.673_263_2)
        let gamma = try call.float("gamma", 1.050_701)
        return [try lowering.unary(try call.input(0), .plain { gamma * ($0 > 0 ? $0 : alpha * expm1f($0)) })]
    }
}
