import Glibc

/// arccos x
enum AcosOperator: Operator {
    static let name = "Acos"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try lowering.unary(try call.input(0), .plain(acosf))]
    }
}
