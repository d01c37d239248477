import Glibc

/// artanh x
enum AtanhOperator: Operator {
    static let name = "Atanh"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(atanhf))]
    }
}
