import KernelTypes

/// Bytes of a tensor, with the scale and the zero point that its own least and largest numbers give. All three are kept as
/// floats.
enum DynamicQuantizeLinearOperator: Operator {
    static let name = "DynamicQuantizeLinear"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let axes = Array(value.shape.indices)
        let least = try lowering.unary(
            try Reduction.reduced(call, lowering, value, axes, keeps: false, .minimum), .plain { min($0, 0) })
        let most = try lowering.unary(
            try Reduction.reduced(call, lowering, value, axes, keeps: false, .maximum), .plain { max($0, 0) })
        let scale = try lowering.binary(call, most, least, .plain { $0 == $1 ? 1 : ($0 - $1) / 255 })
        let zero = try lowering.binary(
            call, least, scale, .plain { max(0, min(255, (-$0 / $1).rounded(.toNearestOrEven))) })
        let scaled = try lowering.binary(call, value, scale, .kernel(.divide))
        let shifted = try lowering.binary(call, try lowering.unary(scaled, .roundHalfToEven), zero, .kernel(.add))
        let bytes = try lowering.unary(shifted, .activation(.clip(low: 0, high: 255)))
        return [bytes.typed(.uint8), scale, zero.typed(.uint8)]
    }
}
