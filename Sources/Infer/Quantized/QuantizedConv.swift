import KernelTypes
import Kernels

/// A Conv whose input lies as bytes and whose weights were 8-bit numbers: summed exactly in 32 bits.
struct QuantizedConv {
    let call: Call
    let lowering: Lowering
    let input: QuadLayout
    let inputScale: ByteScale
    let origin: QuantizedOrigin
    let bias: [Float]
    let window: Window
    /// `[batch, outputs, height, width]`, or one side less.
    let shape: [Int]
    let batch: Int
    let channels: Int
    let outputs: Int
    let groups: Int

    private var area: Int { window.kernelHeight * window.kernelWidth }
    private var pixels: Int { window.outputHeight * window.outputWidth }
    private var isDepthwise: Bool { groups == channels && outputs == channels && groups > 1 }

    /// The result, or nil when it has to be computed with floats.
    func lowered() throws(InferError) -> Value? {
        guard input.pixels == window.inputHeight * window.inputWidth, input.channels.count == batch * channels,
            channels / groups * area <= Self.most, groups == 1 || isDepthwise, let biases = integerBiases()
        else { return nil }
        if isDepthwise && byteEnding == nil { return nil }
        var parts: [QuadLayout] = []
        var planes: [Layout] = []
        for image in 0..<batch {
            let own = input[image * channels..<(image + 1) * channels]
            if let ending = byteEnding {
                parts.append(
                    isDepthwise ? try depthwise(own, biases, ending) : try dense(own, biases, .bytes(ending)).quads)
            } else {
                let bounds = floatBounds
                planes.append(try dense(own, biases, .floats(low: bounds.low, high: bounds.high)).layout)
            }
        }
        if let target = call.node.target, byteEnding != nil {
            let channels = parts.flatMap(\.channels)
            return .quads(shape, QuadLayout(pixels: pixels, channels: channels), target.scale, target.type)
        }
        let real = Value.floats(shape, Layout(blockSize: pixels, blocks: planes.flatMap(\.blocks)))
        let activation = call.node.activation
        return activation.kind == .clamp ? real : try lowering.unary(real, .activation(activation))
    }

    /// Products of bytes that a sum of 32 bits holds for sure, with room for the bias.
    private static var most: Int { 1 << 15 }

    // MARK: How it ends

    /// Nil when the result stays in floats: nothing quantizes it, or an activation that is no bound comes before.
    private var byteEnding: ByteEnding? {
        guard let target = call.node.target, call.node.activation.kind == .clamp else { return nil }
        let bounds = call.node.activation
        return ByteEnding(
            zeroPoint: Float(target.inner.zeroPoint), low: Float(target.inner.byte(max(bounds.a, -.greatestFiniteMagnitude))),
            high: Float(target.inner.byte(min(bounds.b, .greatestFiniteMagnitude))), table: target.table)
    }

    private var floatBounds: (low: Float, high: Float) {
        let activation = call.node.activation
        return activation.kind == .clamp ? (activation.a, activation.b) : (-.infinity, .infinity)
    }

    /// What a sum is multiplied with.
    private func factor(_ channel: Int) -> Float {
        let real = inputScale.scale * weightScale(channel)
        guard byteEnding != nil, let target = call.node.target else { return real }
        return real / target.inner.scale
    }

    private func weightScale(_ channel: Int) -> Float {
        origin.scales.count == 1 ? origin.scales[0] : origin.scales[channel]
    }

    /// The biases at the scale of the sums, less what the zero point of the input adds; nil when one is out of range.
    private func integerBiases() -> [Int32]? {
        let each = origin.numbers.count / outputs
        var list: [Int32] = []
        for channel in 0..<outputs {
            let scaled = (Double(bias[channel]) / (Double(inputScale.scale) * Double(weightScale(channel)))).rounded()
            guard abs(scaled) < 0x1p29 else { return nil }
            var sum = 0
            for number in origin.numbers[channel * each..<(channel + 1) * each] { sum += Int(number) }
            guard let exact = Int32(exactly: Int(scaled) - Int(inputScale.zeroPoint) * sum) else { return nil }
            list.append(exact)
        }
        return list
    }

    // MARK: Steps

    private func scratch(_ dense: DenseConvolution) throws(InferError) -> Layout {
        let whole = TapLayout(window)
        _ = try call.product(
            [dense.inputChannels, whole.phases, whole.rows, whole.pitch], most: Limits.tensorElements, "the scratch")
        _ = try call.product([lowering.threads, dense.scratchFloats], most: Limits.tensorElements, "the scratch")
        return try lowering.newScratch(floats: dense.scratchFloats)
    }

    private func dense(_ own: QuadLayout, _ biases: [Int32], _ ending: QuantizedEnding) throws(InferError)
        -> (quads: QuadLayout, layout: Layout)
    {
        let (source, index) = own.blocks
        let depth = source.blocks.count * area, filled = (outputs + 3) / 4 * 4
        var weights = [Int8](repeating: 0, count: filled * depth * 4)
        for m in 0..<outputs {
            for channel in own.channels.indices {
                for tap in 0..<area {
                    let place = (m * depth + index[channel] * area + tap) * 4 + own.channels[channel].lane
                    weights[place] = origin.numbers[(m * channels + channel) * area + tap]
                }
            }
        }
        let missing = filled - outputs
        let packed = QuantizedWeights(
            lowering.kernels, weights: weights, bias: biases + [Int32](repeating: 0, count: missing),
            scale: (0..<outputs).map(factor) + [Float](repeating: 0, count: missing), depth: depth)
        lowering.weightFloats += packed.words
        let target: Layout
        if case .bytes = ending {
            target = try lowering.newQuads(channels: outputs, pixels: pixels)
        } else {
            target = try lowering.newTensor([outputs, pixels], blockSize: pixels)
        }
        let work = try call.product([outputs, channels, area, pixels], most: Limits.multiplyAdds, "the work")
        let (kernels, window, pixels, padding) = (lowering.kernels, window, pixels, UInt8(inputScale.zeroPoint))
        let isPointwise =
            area == 1 && window.strideY == 1 && window.strideX == 1
            && window.inputHeight == window.outputHeight && window.inputWidth == window.outputWidth
        let dense = DenseConvolution(window: window, inputChannels: source.blocks.count)
        let scratch = isPointwise ? nil : try scratch(dense)
        let writes = [target] + [scratch].compactMap { $0 }
        try lowering.emit(reads: [source], writes: writes, multiplyAdds: work) { memory in
            QuantizedConvolutionStep(
                kernels, from: PlaneList(source, in: memory), to: PlaneList(target, in: memory), packed, ending,
                channels: filled, pixels: pixels,
                window: scratch.map { (dense, PlaneList($0, in: memory), padding) })
        }
        return (QuadLayout(pixels: pixels, channels: quadChannels(target)), target)
    }

    /// Of a dense result; meaningless where it is floats.
    private func quadChannels(_ target: Layout) -> [QuadChannel] {
        guard byteEnding != nil else { return [] }
        return QuadLayout(target, channels: outputs).channels
    }

    /// The result lies as the input does: lane by lane.
    private func depthwise(_ own: QuadLayout, _ biases: [Int32], _ ending: ByteEnding) throws(InferError) -> QuadLayout
    {
        let (source, index) = own.blocks
        var packed: [QuantizedWeights] = []
        for quad in source.blocks.indices {
            var weights = [Int8](repeating: 0, count: 4 * area * 4)
            var bias = [Int32](repeating: 0, count: 4), scale = [Float](repeating: 0, count: 4)
            for channel in own.channels.indices where index[channel] == quad {
                let lane = own.channels[channel].lane
                for tap in 0..<area { weights[(lane * area + tap) * 4 + lane] = origin.numbers[channel * area + tap] }
                bias[lane] = biases[channel]
                scale[lane] = factor(channel)
            }
            packed.append(
                QuantizedWeights(lowering.kernels, weights: weights, bias: bias, scale: scale, depth: area))
        }
        lowering.weightFloats += packed.reduce(0) { $0 + $1.words }
        let target = try lowering.newTensor([source.blocks.count, pixels], blockSize: pixels)
        let dense = DenseConvolution(window: window, inputChannels: 1)
        let scratch = try scratch(dense)
        let work = try call.product([outputs, area, pixels], most: Limits.multiplyAdds, "the work")
        let (kernels, padding) = (lowering.kernels, UInt8(inputScale.zeroPoint))
        let weights = packed
        try lowering.emit(reads: [source], writes: [target, scratch], multiplyAdds: work) { memory in
            QuantizedDepthwiseStep(
                kernels, from: PlaneList(source, in: memory), to: PlaneList(target, in: memory), weights, ending,
                dense: dense, scratch: PlaneList(scratch, in: memory), padding: padding)
        }
        var result = QuadLayout(pixels: pixels, channels: own.channels)
        for channel in result.channels.indices { result.channels[channel].block = target.blocks[index[channel]] }
        return result
    }
}
