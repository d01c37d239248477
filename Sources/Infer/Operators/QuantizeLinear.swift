import KernelTypes

/// x / scale rounded to even, plus the zero point, within what the type holds; kept as a float
enum QuantizeLinearOperator: Operator {
    static let name = "QuantizeLinear"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let quantization = try Quantization(call, lowering, shape: value.shape)
        if let scales = quantization.byteScales(quantization.type), !lowering.isConstant(value),
            value.isInt8x4 || Lowering.isQuantizable(value.shape)
        {
            return [try lowering.finished(value, ByteTarget(scales, quantization.type))]
        }
        let (low, high) = quantization.range
        let scaled = try lowering.binary(call, value, quantization.scale, .kernel(.divide))
        let rounded = try lowering.unary(scaled, .roundHalfToEven)
        let shifted = try lowering.binary(call, rounded, quantization.zeroPoint, .kernel(.add))
        return [try lowering.unary(shifted, .activation(.clip(low: low, high: high))).typed(quantization.type)]
    }
}
