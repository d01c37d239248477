import Glibc

/// arcosh x
enum AcoshOperator: Operator {
    static let name = "Acosh"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(acoshf))]
    }
}
