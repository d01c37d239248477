import Glibc

/// arcsin x
enum AsinOperator: Operator {
    static let name = "Asin"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(asinf))]
    }
}
