import KernelTypes

/// scale · (x − mean) / √(var + epsilon) + bias per channel. Mostly fused into Conv.
enum BatchNormalizationOperator: Operator {
    static let name = "BatchNormalization"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        if try call.int("training_mode", 0) != 0 { throw call.unsupported("training_mode") }
        let value = try call.input(0)
        guard value.shape.count >= 2 else { throw call.invalid("input of shape \(value.shape)") }
        let channels = value.shape[1]
        var parameters: [[Float]] = []
        for index in 1...4 {
            parameters.append(try call.floats(index, lowering))
            guard parameters[index - 1].count == channels else {
                throw call.invalid("input \(index) for \(channels) channels")
            }
        }
        let epsilon = try call.float("epsilon", 1e-5)
        var scale: [Float] = []
        var offset: [Float] = []
        for channel in 0..<channels {
            let factor = parameters[0][channel] / (parameters[3][channel] + epsilon).squareRoot()
            scale.append(factor)
            offset.append(parameters[1][channel] - parameters[2][channel] * factor)
        }
        return [
            try lowering.scaledByChannel(
                call, value, scale: .floats([channels], lowering.constant(FloatBuffer(scale))),
                offset: .floats([channels], lowering.constant(FloatBuffer(offset))))
        ]
    }
}
