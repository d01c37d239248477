/// Another shape over the same numbers: costs nothing
enum ReshapeOperator: Operator {
    static let name = "Reshape"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        var shape = try call.integers(1)
        guard shape.count <= Limits.rank else {
            throw .tooLarge(what: "the rank of a tensor", value: shape.count, most: Limits.rank)
        }
        let keepsZero = try call.int("allowzero", 0) == 0
        for axis in shape.indices where shape[axis] == 0 && keepsZero {
            guard axis < value.shape.count else { throw call.invalid("side 0 at axis \(axis) of \(value.shape)") }
            shape[axis] = value.shape[axis]
        }
        if let free = shape.firstIndex(of: -1) {
            shape[free] = 1
            let rest = try Limits.elements(of: shape)
            guard rest > 0, value.count % rest == 0 else { throw call.invalid("\(value.shape) as \(shape)") }
            shape[free] = value.count / rest
        }
        guard try Limits.elements(of: shape) == value.count else { throw call.invalid("\(value.shape) as \(shape)") }
        return [value.reshaped(shape)]
    }
}
