import KernelTypes

/// Everything from an axis on to mean 0 and deviation 1, then scale and bias
enum LayerNormalizationOperator: Operator {
    static let name = "LayerNormalization"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let axis = try call.axis(try call.int("axis", -1), rank: value.shape.count)
        let columns = value.shape[axis...].reduce(1, *)
        let epsilon = try call.float("epsilon", 1e-5)
        let (standard, mean, inverse) = try lowering.standardized(call, value, columns: columns, epsilon: epsilon)
        var result = try lowering.binary(call, standard, try call.input(1), .kernel(.multiply))
        if let bias = call.optional(2) { result = try lowering.binary(call, result, bias, .kernel(.add)) }
        guard result.shape == value.shape else { throw call.invalid("a scale or bias larger than \(value.shape)") }
        let sides = Array(value.shape[..<axis]) + [Int](repeating: 1, count: value.shape.count - axis)
        return [result, mean.reshaped(sides), inverse.reshaped(sides)]
    }
}
