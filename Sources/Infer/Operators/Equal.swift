/// Whether two integer tensors are the same: shape arithmetic, known at load time
enum EqualOperator: Operator {
    static let name = "Equal"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (left, right) = (try call.input(0), try call.input(1))
        guard case .integers(let a) = left.content, case .integers(let b) = right.content else {
            throw call.unsupported("floats")
        }
        let shape = try lowering.broadcast(call, left.shape, right.shape)
        guard try Limits.elements(of: shape) <= Limits.integerElements else { throw call.unsupported("shape \(shape)") }
        let x = IndexMap(broadcasting: left.shape, to: shape).applied(to: a)
        let y = IndexMap(broadcasting: right.shape, to: shape).applied(to: b)
        return [.integers(shape, zip(x, y).map { $0 == $1 ? 1 : 0 }, type: .bool)]
    }
}
