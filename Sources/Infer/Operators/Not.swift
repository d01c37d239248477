/// Yes for no
enum NotOperator: Operator {
    static let name = "Not"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        if case .integers(let list) = value.content {
            return [.integers(value.shape, list.map { $0 == 0 ? 1 : 0 }, type: .bool)]
        }
        return [try lowering.unary(value, .plain { $0 == 0 ? 1 : 0 }).typed(.bool)]
    }
}
