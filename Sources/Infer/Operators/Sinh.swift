import Glibc

/// sinh x
enum SinhOperator: Operator {
    static let name = "Sinh"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(sinhf))]
    }
}
