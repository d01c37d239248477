import Glibc

/// cosh x
enum CoshOperator: Operator {
    static let name = "Cosh"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(coshf))]
    }
}
