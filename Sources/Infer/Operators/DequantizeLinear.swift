import KernelTypes

/// (x − zero point) · scale
enum DequantizeLinearOperator: Operator {
    static let name = "DequantizeLinear"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let quantization = try Quantization(call, lowering, shape: value.shape)
        if case .int8x4(var blocks) = value.content, let scales = quantization.byteScales(value.type),
            let each = scales.each(of: blocks.channels.count)
        {
            for index in each.indices { blocks.channels[index].scale = each[index] }
            return [.int8x4(value.shape, blocks, .float)]
        }
        if case .integers(let list) = value.content {
            var real = Value.floats(value.shape, lowering.constant(quantization.real(list, shape: value.shape)))
            real.origin = quantization.origin(of: value)
            return [real]
        }
        // 32-bit biases are larger than a float holds exactly by at most their last bits.
        let floats = Value.floats(value.shape, try lowering.layout(value))
        let shifted = try lowering.binary(call, floats, quantization.zeroPoint, .kernel(.subtract))
        return [try lowering.binary(call, shifted, quantization.scale, .kernel(.multiply))]
    }
}
