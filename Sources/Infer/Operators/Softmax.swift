import KernelTypes

/// eˣ / Σ eˣ along an axis; up to operator set 12 over everything from the axis on.
enum SoftmaxOperator: Operator {
    static let name = "Softmax"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let rank = value.shape.count
        let isOld = call.node.opset < 13
        let axis = try call.axis(try call.int("axis", isOld ? 1 : -1), rank: rank)
        if isOld { return [try rows(value, columns: value.shape[axis...].reduce(1, *), lowering)] }
        if axis == rank - 1 { return [try rows(value, columns: value.shape[axis], lowering)] }
        let pixels = value.shape[(axis + 1)...].reduce(1, *)
        if pixels >= Self.fewPixels, value.count > 0 {
            return [try channels(value, axis: axis, pixels: pixels, lowering)]
        }
        let order = (0..<rank).filter { $0 != axis } + [axis]
        let turned = try TransposeOperator.transposed(value, order, lowering)
        let result = try rows(turned, columns: value.shape[axis], lowering)
        let back = (0..<rank).map { order.firstIndex(of: $0) ?? 0 }
        return [try TransposeOperator.transposed(result, back, lowering)]
    }

    /// With fewer neighbours than a vector has lanes, rows are faster.
    private static let fewPixels = 16

    /// Plane beside plane: all pixels at once.
    private static func channels(_ value: Value, axis: Int, pixels: Int, _ lowering: Lowering) throws(InferError)
        -> Value
    {
        let source = try lowering.planes(value, size: pixels)
        let target = try lowering.newTensor(value.shape, blockSize: pixels)
        let scratch = try lowering.newScratch(floats: ChannelSoftmaxStep.scratchFloats)
        let (kernels, channels) = (lowering.kernels, value.shape[axis])
        try lowering.emit(reads: [source], writes: [target, scratch]) { memory in
            ChannelSoftmaxStep(
                kernels, from: PlaneList(source, in: memory), to: PlaneList(target, in: memory), channels: channels,
                pixels: pixels, scratch: PlaneList(scratch, in: memory))
        }
        return .floats(value.shape, target)
    }

    private static func rows(_ value: Value, columns: Int, _ lowering: Lowering) throws(InferError) -> Value {
        let source = try lowering.dense(value)
        let target = try lowering.newDense(value.shape)
        let rows = value.count / max(columns, 1)
        let kernels = lowering.kernels
        try lowering.emit(reads: [source], writes: [target]) { memory in
            unsafe SoftmaxStep(
                kernels, from: memory.pointer(source), to: memory.pointer(target), rows: rows, columns: columns)
        }
        return .floats(value.shape, target)
    }
}
