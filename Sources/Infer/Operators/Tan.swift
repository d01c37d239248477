import Glibc

/// tan x
enum TanOperator: Operator {
    static let name = "Tan"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(tanf))]
    }
}
