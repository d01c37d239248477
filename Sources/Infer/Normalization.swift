import KernelTypes

/// What the operators that normalise rows share: LayerNormalization, InstanceNormalization, GroupNormalization.
extension Lowering {
    /// (x − mean) / √(variance + epsilon) of each row of `columns` neighbouring numbers, and 1 / √(variance + epsilon).
    func standardized(
        _ call: Call, _ value: Value, columns: Int, epsilon: Float
    ) throws(InferError) -> (result: Value, mean: Value, inverseDeviation: Value) {
        guard columns > 0, value.count % columns == 0 else { throw call.invalid("input of shape \(value.shape)") }
        let rows = value.reshaped([value.count / columns, columns])
        let mean = try Reduction.reduced(call, self, rows, [1], keeps: true, .mean)
        let centred = try binary(call, rows, mean, .kernel(.subtract))
        let variance = try Reduction.reduced(
            call, self, try binary(call, centred, centred, .kernel(.multiply)), [1], keeps: true, .mean)
        let inverse = try unary(variance, .plain { 1 / ($0 + epsilon).squareRoot() })
        return (try binary(call, centred, inverse, .kernel(.multiply)).reshaped(value.shape), mean, inverse)
    }

    /// One scale and one offset for each entry of the second dimension.
    func scaledByChannel(
        _ call: Call, _ value: Value, scale: Value, offset: Value
    ) throws(InferError) -> Value {
        let channels = value.shape[1]
        guard scale.shape == [channels], offset.shape == [channels] else {
            throw call.invalid("scale \(scale.shape) and offset \(offset.shape) of \(channels) channels")
        }
        if let scaled = try scaledPlanes(value, scale: scale, offset: offset) { return scaled }
        let sides = [channels] + [Int](repeating: 1, count: value.shape.count - 2)
        let scaled = try binary(call, value, scale.reshaped(sides), .kernel(.multiply))
        return try binary(call, scaled, offset.reshaped(sides), .kernel(.add))
    }

    /// The same in one pass, of planes that are worth a call each and with numbers that are known.
    private func scaledPlanes(_ value: Value, scale: Value, offset: Value) throws(InferError) -> Value? {
        let pixels = value.shape.dropFirst(2).reduce(1, *), kernels = kernels
        guard pixels >= 16, case .floats = value.content, let scales = known(scale), let offsets = known(offset) else {
            return nil
        }
        let source = try planes(value, size: pixels)
        let target = try newTensor(value.shape, blockSize: pixels)
        try emit(reads: [source], writes: [target]) { memory in
            ChannelScaleStep(
                kernels, scales: scales, offsets: offsets, from: PlaneList(source, in: memory),
                to: PlaneList(target, in: memory), pixels: pixels)
        }
        return .floats(value.shape, target)
    }
}
