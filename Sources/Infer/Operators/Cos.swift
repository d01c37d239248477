import Glibc

/// cos x
enum CosOperator: Operator {
    static let name = "Cos"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(cosf))]
    }
}
