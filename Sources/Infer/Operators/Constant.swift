/// A tensor inside of the node
enum ConstantOperator: Operator {
    static let name = "Constant"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let known = ["value", "value_float", "value_floats", "value_int", "value_ints"]
        guard let name = known.first(where: { call.node.attributes[$0] != nil }) else {
            throw call.unsupported("a value in \(call.node.attributes.keys.sorted())")
        }
        switch call.node.attributes[name] {
        case .tensor(let tensor): return [lowering.value(of: tensor)]
        case .int(let value): return [.integers([], [Int64(value)])]
        case .ints(let list): return [.integers([list.count], list.map(Int64.init))]
        case .float(let value): return [.floats([], lowering.constant(FloatBuffer([value])))]
        case .floats(let list): return [.floats([list.count], lowering.constant(FloatBuffer(list)))]
        default: throw call.unsupported("attribute \(name) of this type")
        }
    }
}
