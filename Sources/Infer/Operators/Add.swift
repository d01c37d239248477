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
        guard let target, left.shape == right.shape, case .quads(let a, let leftScale) = left.content,
            case .quads(let b, let rightScale) = right.content, a.pixels == b.pixels
        else { return nil }
        // Channels that lie alike are added as they lie.
        let (leftBlocks, leftIndex) = a.blocks, (rightBlocks, rightIndex) = b.blocks
        let alike = leftIndex == rightIndex && a.channels.map(\.lane) == b.channels.map(\.lane)
        let (from, with) = alike ? (leftBlocks, rightBlocks) : (try lowering.aligned(a), try lowering.aligned(b))
        let sum = try lowering.newTensor([from.blocks.count, a.pixels], blockSize: a.pixels)
        let addition = QuantizedAddition(leftScale, rightScale, target.inner)
        let (kernels, pixels) = (lowering.kernels, a.pixels)
        try lowering.emit(reads: [from, with], writes: [sum]) { memory in
            AddQuadsStep(
                kernels, left: PlaneList(from, in: memory), right: PlaneList(with, in: memory),
                to: PlaneList(sum, in: memory), addition: addition, pixels: pixels)
        }
        var layout = QuadLayout(sum, channels: a.channels.count)
        if alike {
            layout.channels = a.channels
            for channel in layout.channels.indices { layout.channels[channel].block = sum.blocks[leftIndex[channel]] }
        }
        return .quads(left.shape, layout, target.inner, .float)
    }
}
