import KernelTypes

/// a + b, with broadcasting
enum AddOperator: Operator {
    static let name = "Add"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (left, right) = (try call.input(0), try call.input(1))
        if let sum = try bytes(left, right, call.node.target, lowering) { return [sum] }
        return [try lowering.binary(call, left, right, .kernel(.add))]
    }

    /// Of two tensors that lie as bytes, into bytes.
    private static func bytes(_ left: Value, _ right: Value, _ target: ByteTarget?, _ lowering: Lowering)
        throws(InferError) -> Value?
    {
        guard let target, let scale = target.inner.single, left.shape == right.shape,
            case .int8x4(let a) = left.content, case .int8x4(let b) = right.content, a.pixels == b.pixels,
            let leftScale = a.scale, let rightScale = b.scale
        else { return nil }
        // Channels that lie alike are added as they lie.
        let alike = a.blocks.index == b.blocks.index && a.channels.map(\.lane) == b.channels.map(\.lane)
        let from = alike ? a.blocks.layout : try lowering.aligned(a)
        let with = alike ? b.blocks.layout : try lowering.aligned(b)
        let sum = try lowering.newTensor([from.blocks.count, a.pixels], blockSize: a.pixels)
        let addition = QuantizedAddition(leftScale, rightScale, scale)
        let (kernels, pixels) = (lowering.kernels, a.pixels)
        try lowering.emit(reads: [from, with], writes: [sum]) { memory in
            AddInt8x4Step(
                kernels, left: PlaneList(from, in: memory), right: PlaneList(with, in: memory),
                to: PlaneList(sum, in: memory), addition: addition, pixels: pixels)
        }
        let scales = [ByteScale](repeating: scale, count: a.channels.count)
        var layout = alike ? a.placed(in: sum) : Int8x4Layout(sum, scales: scales)
        for index in scales.indices { layout.channels[index].scale = scale }
        return .int8x4(left.shape, layout, .float)
    }
}
