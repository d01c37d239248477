import KernelTypes
import Kernels

/// Conv with one or two spatial axes, any groups, strides, pads and dilations; weights known at load time.
enum ConvOperator: Operator {
    static let name = "Conv"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        guard call.node.inputs.count <= 3 else { throw call.invalid("\(call.node.inputs.count) inputs") }
        let convolution = try Convolution(call, lowering)
        let addends = (initial: call.optional(3), residual: call.optional(4))
        guard [addends.initial, addends.residual].compactMap({ $0 }).allSatisfy({ $0.shape == convolution.shape })
        else {
            return [try separately(call, addends, lowering)]
        }
        return [try convolution.lowered()]
    }

    /// An Add that was fused before the shapes were known turns out to broadcast.
    private static func separately(_ call: Call, _ addends: (initial: Value?, residual: Value?), _ lowering: Lowering)
        throws(InferError) -> Value
    {
        var plain = call.node
        plain.activation = .none
        let bare = Call(node: plain, inputs: Array(call.inputs.prefix(3)))
        var result = try Convolution(bare, lowering).lowered()
        if let initial = addends.initial { result = try lowering.binary(call, result, initial, .kernel(.add)) }
        if call.node.activation != .none { result = try lowering.unary(result, .activation(call.node.activation)) }
        if let residual = addends.residual { result = try lowering.binary(call, result, residual, .kernel(.add)) }
        return result
    }
}

/// A Conv node with all its sides checked.
private struct Convolution {
    let call: Call
    let lowering: Lowering
    let input: Value
    let weights: FloatBuffer
    let bias: FloatBuffer
    let window: Window
    let shape: [Int]
    let batch: Int
    let channels: Int
    let outputs: Int
    let groups: Int

    init(_ call: Call, _ lowering: Lowering) throws(InferError) {
        self.call = call
        self.lowering = lowering
        let input = try call.input(0)
        let weight = try call.input(1)
        guard input.shape.count >= 3, weight.shape.count == input.shape.count else {
            throw call.invalid("input \(input.shape) with weights \(weight.shape)")
        }
        groups = try call.int("group", 1)
        batch = input.shape[0]
        channels = input.shape[1]
        outputs = weight.shape[0]
        guard groups > 0, outputs > 0, outputs % groups == 0, weight.shape[1] > 0, channels == weight.shape[1] * groups
        else {
            throw call.invalid("input \(input.shape) with weights \(weight.shape) in \(groups) groups")
        }
        let kernel = Array(weight.shape[2...])
        if let asked = try call.ints("kernel_shape"), asked != kernel {
            throw call.invalid("kernel_shape \(asked) with weights \(weight.shape)")
        }
        let sliding = try SlidingWindow(call, sides: Array(input.shape[2...]), kernel: kernel)
        shape = [batch, outputs] + sliding.outputSides
        (self.input, window) = lowering.withoutBorder(input, sliding.window, padding: 0) ?? (input, sliding.window)
        guard let known = lowering.knownBuffer(weight) else {
            throw call.unsupported("weights that are not known when the model is loaded")
        }
        weights = known
        bias = call.optional(2) == nil ? FloatBuffer(count: outputs) : FloatBuffer(try call.floats(2, lowering))
        guard bias.count == outputs else { throw call.invalid("\(bias.count) biases for \(outputs) channels") }
    }

    private var pixels: Int { window.outputHeight * window.outputWidth }

    func lowered() throws(InferError) -> Value {
        _ = try Limits.elements(of: shape)
        if let bytes = try quantized() { return bytes }
        let source = try lowering.planes(input, size: window.inputHeight * window.inputWidth)
        let target = try lowering.newTensor(shape, blockSize: pixels)
        let fused = try addends()
        let isDepthwise = groups == channels && outputs == channels && fused.initial == nil && fused.residual == nil
        let perGroup = (inputs: channels / groups, outputs: outputs / groups)
        for image in 0..<batch {
            if isDepthwise {
                try depthwise(slice(source, image * channels, channels), slice(target, image * outputs, outputs))
                continue
            }
            for group in 0..<groups {
                let first = image * outputs + group * perGroup.outputs
                try dense(
                    group: group, from: slice(source, image * channels + group * perGroup.inputs, perGroup.inputs),
                    to: slice(target, first, perGroup.outputs),
                    initial: fused.initial.map { slice($0, first, perGroup.outputs) },
                    residual: fused.residual.map { slice($0, first, perGroup.outputs) })
            }
        }
        return .floats(shape, target)
    }

    /// The same with 8-bit numbers, when the input lies as bytes and the weights come from some.
    private func quantized() throws(InferError) -> Value? {
        guard case .quads(let quads) = input.content, input.type == .float,
            let origin = try call.input(1).origin, call.optional(3) == nil, call.optional(4) == nil
        else { return nil }
        let quantized = QuantizedConv(
            call: call, lowering: lowering, input: quads, origin: origin, bias: bias.array(),
            window: window, shape: shape, batch: batch, channels: channels, outputs: outputs, groups: groups)
        return try quantized.lowered()
    }

    private func slice(_ layout: Layout, _ first: Int, _ count: Int) -> Layout {
        Layout(blockSize: layout.blockSize, blocks: Array(layout.blocks[first..<first + count]))
    }

    /// The fused tensors as planes. Fusion has put them behind the three inputs of Conv.
    private func addends() throws(InferError) -> (initial: Layout?, residual: Layout?) {
        var layouts: [Layout?] = []
        for index in 3...4 {
            guard let value = call.optional(index) else {
                layouts.append(nil)
                continue
            }
            layouts.append(try lowering.planes(value, size: pixels))
        }
        return (layouts[0], layouts[1])
    }

    private func depthwise(_ source: Layout, _ target: Layout) throws(InferError) {
        let work = try call.product(
            [channels, pixels, window.kernelHeight, window.kernelWidth], most: Limits.multiplyAdds, "the work")
        let (kernels, window, activation) = (lowering.kernels, window, call.node.activation)
        let weights = ConvolutionWeights(packed: weights.detached, bias: bias)
        lowering.weightFloats += weights.packed.count + bias.count
        try lowering.emit(reads: [source], writes: [target], multiplyAdds: work) { memory in
            let planes = ConvolutionPlanes(
                inputs: PlaneList(source, in: memory), outputs: PlaneList(target, in: memory), initial: nil,
                residual: nil)
            return DepthwiseStep(kernels, planes, weights, activation: activation, window: window)
        }
    }

    private func dense(group: Int, from source: Layout, to target: Layout, initial: Layout?, residual: Layout?)
        throws(InferError)
    {
        let area = window.kernelHeight * window.kernelWidth
        let (ins, outs) = (channels / groups, outputs / groups)
        let depth = ins * area
        let work = try call.product([outs, depth, pixels], most: Limits.multiplyAdds, "the work")
        let (kernels, activation, pixels) = (lowering.kernels, call.node.activation, pixels)
        if window.isPointwise, initial == nil, let channels = lowering.enlargedChannels(source),
            channels.small.count >= Self.fewChannels, !channels.plain.isEmpty || residual == nil
        {
            return try enlarging(channels, group: group, from: source, to: target, residual: residual)
        }
        let packed = packed(group: group, outs: outs, depth: depth)
        let reads = [source] + [initial, residual].compactMap { $0 }
        if window.isPointwise {
            return try pointwise(packed, from: source, to: target, initial, residual, activation)
        }
        let (dense, scratch) = try call.dense(window, inputs: ins, lowering)
        if groups == 1, batch == 1, initial == nil, residual == nil {
            lowering.origins.note(
                Origins.Dense(
                    source: source, target: target, kernel: dense, weights: packed, activation: activation,
                    multiplyAdds: work))
        }
        try lowering.emit(reads: reads, writes: [target, scratch], multiplyAdds: work) { memory in
            DenseStep(
                kernels, ConvolutionPlanes(source, target, initial, residual, memory), dense, packed,
                activation: activation, scratch: PlaneList(scratch, in: memory))
        }
    }

    private func pointwise(
        _ weights: ConvolutionWeights, from source: Layout, to target: Layout, _ initial: Layout?, _ residual: Layout?,
        _ activation: Activation
    ) throws(InferError) {
        let (kernels, pixels) = (lowering.kernels, target.blockSize)
        let work = source.blocks.count * target.count
        let reads = [source] + [initial, residual].compactMap { $0 }
        try lowering.emit(reads: reads, writes: [target], multiplyAdds: work) { memory in
            let planes = ConvolutionPlanes(source, target, initial, residual, memory)
            return PointwiseStep(kernels, planes, weights, activation: activation, pixels: pixels)
        }
    }

    /// With fewer enlarged channels than this, writing and reading their sums costs more than it saves.
    private static let fewChannels = 8

    /// Repeating pixels and mixing channels may change places: what was enlarged is mixed while it is small, and its sums are
    /// enlarged: a quarter of the multiply-adds for twice the size.
    private func enlarging(
        _ channels: EnlargedChannels, group: Int, from source: Layout, to target: Layout, residual: Layout?
    ) throws(InferError) {
        let outs = outputs / groups
        let isAll = channels.plain.isEmpty, activation = call.node.activation
        let small = packed(group: group, outs: outs, channels: channels.small, hasBias: isAll)
        let pixels = channels.enlargement.pixels
        let sums = try lowering.newTensor([outs, pixels], blockSize: pixels)
        try pointwise(small, from: channels.source, to: sums, nil, nil, isAll ? activation : .none)
        if isAll {
            _ = try lowering.enlarged(sums, channels.enlargement, to: target)
            return
        }
        let initial = try lowering.enlarged(sums, channels.enlargement)
        let plain = Layout(blockSize: source.blockSize, blocks: channels.plain.map { source.blocks[$0] })
        let rest = packed(group: group, outs: outs, channels: channels.plain, hasBias: true)
        try pointwise(rest, from: plain, to: target, initial, residual, activation)
    }

    /// The weights of some input channels of a 1x1 window.
    private func packed(group: Int, outs: Int, channels: [Int], hasBias: Bool) -> ConvolutionWeights {
        let all = self.channels / groups
        var rows: [Float] = []
        rows.reserveCapacity(outs * channels.count)
        for row in group * outs..<(group + 1) * outs {
            for channel in channels { unsafe rows.append(weights.values[row * all + channel]) }
        }
        let bias = hasBias ? Array(bias.array()[group * outs..<(group + 1) * outs]) : [Float](repeating: 0, count: outs)
        return packed(FloatBuffer(rows), outs: outs, depth: channels.count, bias: bias)
    }

    private func packed(group: Int, outs: Int, depth: Int) -> ConvolutionWeights {
        packed(
            weights, from: group * outs * depth, outs: outs, depth: depth,
            bias: Array(bias.array()[group * outs..<(group + 1) * outs]))
    }

    private func packed(_ weights: FloatBuffer, from first: Int = 0, outs: Int, depth: Int, bias: [Float])
        -> ConvolutionWeights
    {
        let packed = FloatBuffer(count: lowering.kernels.packedFloats(outs, depth))
        if let from = unsafe weights.values.baseAddress, let to = unsafe packed.values.baseAddress {
            unsafe lowering.kernels.packPointwise(from + first, outs, depth, to)
        }
        lowering.weightFloats += packed.count + bias.count
        return ConvolutionWeights(packed: packed, bias: FloatBuffer(bias))
    }
}

extension ConvolutionPlanes {
    init(_ source: Layout, _ target: Layout, _ initial: Layout?, _ residual: Layout?, _ memory: Memory) {
        self.init(
            inputs: PlaneList(source, in: memory), outputs: PlaneList(target, in: memory),
            initial: initial.map { PlaneList($0, in: memory) }, residual: residual.map { PlaneList($0, in: memory) })
    }
}
