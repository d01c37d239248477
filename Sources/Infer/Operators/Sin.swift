import Glibc

/// sin x
enum SinOperator: Operator {
    static let name = "Sin"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(sinf))]
    }
}
