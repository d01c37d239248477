import Glibc

/// arsinh x
enum AsinhOperator: Operator {
    static let name = "Asinh"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(asinhf))]
    }
}
