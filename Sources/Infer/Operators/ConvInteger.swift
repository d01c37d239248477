import KernelTypes

/// A convolution of integers less their zero points, computed in floats: exact while sums stay below 2²⁴
enum ConvIntegerOperator: Operator {
    static let name = "ConvInteger"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let input = try lowering.withoutZeroPoint(call, 0, zeroPoint: call.optional(2))
        let weights = try call.input(1)
        guard let numbers = lowering.known(weights) else {
            throw call.unsupported("weights that are not known when the model is loaded")
        }
        let zeros = try call.optional(3) == nil ? [] : call.floats(3, lowering)
        guard zeros.count < 2 || zeros.count == weights.shape.first else {
            throw call.invalid("\(zeros.count) zero points of weights \(weights.shape)")
        }
        let each = max(1, numbers.count / max(1, zeros.count))
        let shifted = zeros.isEmpty ? numbers : numbers.indices.map { numbers[$0] - zeros[$0 / each] }
        var node = call.node
        node.inputs = Array(node.inputs.prefix(2))
        let kernel = Value.floats(weights.shape, lowering.constant(FloatBuffer(shifted)))
        return try ConvOperator.lower(Call(node: node, inputs: [input, kernel]), lowering).map { $0.typed(.int32) }
    }
}

extension Lowering {
    /// Integers less their zero point, as floats.
    /// - Parameter zeroPoint: one for all; nil: 0.
    func withoutZeroPoint(_ call: Call, _ index: Int, zeroPoint: Value?) throws(InferError) -> Value {
        let value = try call.input(index)
        let numbers = Value.floats(value.shape, try layout(value))
        guard let zeroPoint else { return numbers }
        let zero = Value.floats(zeroPoint.shape, try layout(zeroPoint))
        let shifted = try binary(call, numbers, zero, .kernel(.subtract))
        guard shifted.shape == value.shape else {
            throw call.invalid("a zero point of shape \(zeroPoint.shape) for \(value.shape)")
        }
        return shifted
    }
}
