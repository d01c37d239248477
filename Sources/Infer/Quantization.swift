import KernelTypes

/// Scale and zero point of QuantizeLinear and DequantizeLinear: one for all, or one for each entry of an axis.
/// https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
struct Quantization {
    private let scales: [Float]
    private let zeroPoints: [Float]
    /// Whether each entry of the first side has its own scale.
    private let isPerFirstSide: Bool
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
        isPerFirstSide = sides.count == shape.count
        let zeros = zero.isEmpty ? [Float](repeating: 0, count: scale.count) : zero
        scales = scale
        zeroPoints = zeros
        self.scale = .floats(sides, lowering.constant(FloatBuffer(scale)))
        zeroPoint = .floats(sides, lowering.constant(FloatBuffer(zeros)))
        let asked = ElementType(rawValue: try call.int("output_dtype", 0))
        type = call.optional(2)?.type ?? asked ?? .uint8
    }

    /// When there is one scale for all and the numbers are bytes of the given type.
    func byteScale(_ type: ElementType) -> ByteScale? {
        guard scales.count == 1, let scale = scales.first, let zero = zeroPoints.first,
            let exact = Int64(exactly: zero)
        else { return nil }
        return ByteScale(scale: scale, zeroPoint: exact, type: type)
    }

    /// Of constant weights in signed bytes around 0.
    func origin(of value: Value) -> QuantizedOrigin? {
        guard case .integers(let list) = value.content, value.type == .int8, zeroPoints.allSatisfy({ $0 == 0 }),
            scales.allSatisfy({ $0 > 0 }), scales.count == 1 || isPerFirstSide
        else { return nil }
        return QuantizedOrigin(numbers: list.map { Int8(truncatingIfNeeded: $0) }, scales: scales)
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
