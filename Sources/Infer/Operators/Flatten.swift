/// Two dimensions: before and after the axis
enum FlattenOperator: Operator {
    static let name = "Flatten"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let asked = try call.int("axis", 1)
        let axis = asked < 0 ? asked + value.shape.count : asked
        guard (0...value.shape.count).contains(axis) else { throw call.invalid("axis \(asked) of \(value.shape)") }
        return [value.reshaped([value.shape[..<axis].reduce(1, *), value.shape[axis...].reduce(1, *)])]
    }
}
