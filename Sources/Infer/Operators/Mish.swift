import Glibc

/// x · tanh(softplus(x))
enum MishOperator: Operator {
    static let name = "Mish"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain { $0 * tanhf(max($0, 0) + log1pf(expf(-abs($0)))) })]
    }
}
