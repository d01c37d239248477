import Glibc

/// arctan x
enum AtanOperator: Operator {
    static let name = "Atan"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(atanf))]
    }
}
