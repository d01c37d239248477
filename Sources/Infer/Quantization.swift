/// Scale and zero point of QuantizeLinear and DequantizeLinear: one for all, or one for each entry of an axis.
/// https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
struct Quantization {
    let scale: Value
    let zeroPoint: Value
    /// Of the quantised numbers.
    let type: ElementType

    init(_ call: Call, _ lowering: Lowering, shape: [Int]) throws(InferError) {
        if try call.int("block_size", 0) != 0 { throw call.unsupported("block_size") }
        let scale = try call.floats(1, lowering)
        let zero = try call.optional(2) == nil ? [] : call.floats(2, lowering)
        guard !scale.isEmpty, zero.isEmpty || zero.count == scale.count else {
            throw call.invalid("\(scale.count) scales and \(zero.count) zero points")
        }
        guard scale.allSatisfy({ $0.isFinite && $0 != 0 }) else { throw call.invalid("a scale that is no number or 0") }
        var sides: [Int] = []
        if scale.count > 1 || (call.optional(1)?.shape.count ?? 0) > 0 && shape.count > 1 && scale.count != 1 {
            let axis = try call.axis(try call.int("axis", 1), rank: shape.count)
            guard shape[axis] == scale.count else {
                throw call.invalid("\(scale.count) scales along a side of \(shape[axis])")
            }
            sides = [scale.count] + [Int](repeating: 1, count: shape.count - axis - 1)
        }
        let zeros = zero.isEmpty ? [Float](repeating: 0, count: scale.count) : zero
        self.scale = .floats(sides, lowering.constant(FloatBuffer(scale)))
        zeroPoint = .floats(sides, lowering.constant(FloatBuffer(zeros)))
        let asked = ElementType(rawValue: try call.int("output_dtype", 0))
        type = call.optional(2)?.type ?? asked ?? .uint8
    }

    /// What the type holds.
    var range: (low: Float, high: Float) {
        switch type {
        case .int8: (-128, 127)
        case .uint16: (0, 65535)
        case .int16: (-32768, 32767)
        default: (0, 255)
        }
    }
}
