import KernelTypes

/// Scale and zero point of QuantizeLinear and DequantizeLinear: one for all, or one for each entry of an axis.
/// https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
struct Quantization {
    private let scales: [Float]
    private let zeroPoints: [Float]
    /// The side each entry of which has its own scale, when there are several.
    private let axis: Int?
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
        var axisFound: Int?
        if scale.count > 1 || (call.optional(1)?.shape.count ?? 0) > 0 && shape.count > 1 && scale.count != 1 {
            let axis = try call.axis(try call.int("axis", 1), rank: shape.count)
            guard shape[axis] == scale.count else {
                throw call.invalid("\(scale.count) scales along a side of \(shape[axis])")
            }
            axisFound = axis
            sides = [scale.count] + [Int](repeating: 1, count: shape.count - axis - 1)
        }
        axis = axisFound
        let zeros = zero.isEmpty ? [Float](repeating: 0, count: scale.count) : zero
        scales = scale
        zeroPoints = zeros
        self.scale = .floats(sides, lowering.constant(FloatBuffer(scale)))
        zeroPoint = .floats(sides, lowering.constant(FloatBuffer(zeros)))
        let asked = ElementType(rawValue: try call.int("output_dtype", 0))
        type = call.optional(2)?.type ?? asked ?? .uint8
    }

    /// When the numbers are bytes of the given type with one scale for all, or one for each channel.
    func byteScales(_ type: ElementType) -> ByteScales? {
        guard scales.count == 1 || axis == 1 else { return nil }
        var list: [ByteScale] = []
        for (scale, zero) in zip(scales, zeroPoints) {
            guard let exact = Int64(exactly: zero),
                let bytes = ByteScale(scale: scale, zeroPoint: exact, type: type)
            else { return nil }
            list.append(bytes)
        }
        return ByteScales(list)
    }

    /// What constant numbers stand for.
    func real(_ list: Integers, shape: [Int]) -> FloatBuffer {
        // As many neighbours have one scale as there are numbers behind the axis.
        let run = max(1, axis.map { shape[($0 + 1)...].reduce(1, *) } ?? list.count)
        let (scales, zeroPoints) = (scales, zeroPoints)
        // Weights of convolutions that are computed in 8 bits are never asked for.
        return FloatBuffer(count: list.count) { values in
            unsafe list.write(to: values)
            for (number, first) in stride(from: 0, to: list.count, by: run).enumerated() {
                let entry = number % scales.count
                let (scale, zeroPoint) = (scales[entry], zeroPoints[entry])
                for index in first..<min(first + run, list.count) {
                    unsafe values[index] = unsafe (values[index] - zeroPoint) * scale
                }
            }
        }
    }

    /// Of constant weights in signed bytes around 0.
    func origin(of value: Value) -> QuantizedOrigin? {
        guard case .integers(let list) = value.content, value.type == .int8, zeroPoints.allSatisfy({ $0 == 0 }),
            scales.allSatisfy({ $0 > 0 }), scales.count == 1 || axis == 0
        else { return nil }
        return QuantizedOrigin(
            numbers: list.signedBytes ?? FixedBytes(list.map { Int8(truncatingIfNeeded: $0) }), scales: scales)
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
