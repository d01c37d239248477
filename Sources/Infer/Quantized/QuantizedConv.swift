import KernelTypes
import Kernels

/// A Conv whose input lies as bytes and whose weights were 8-bit numbers: summed exactly in 32 bits.
struct QuantizedConv {
    let call: Call
    let lowering: Lowering
    let input: Int8x4Layout
    let origin: QuantizedOrigin
    let bias: [Float]
    /// Of a PRelu behind it, one for each output channel.
    let slopes: [Float]?
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
            channels / groups * area <= Self.most, groups == 1 || isDepthwise,
            origin.numbers.count == outputs * (channels / groups) * area, let biases = integerBiases()
        else { return nil }
        // A sum over channels needs one scale for all of them.
        if isDepthwise ? call.node.target == nil : input.scale == nil { return nil }
        var parts: [Int8x4Layout] = []
        var planes: [Layout] = []
        for image in 0..<batch {
            let own = input[image * channels..<(image + 1) * channels]
            if isDepthwise {
                parts.append(try depthwise(own, biases))
            } else if let target = call.node.target, let scales = target.scales.each(of: outputs) {
                let ending = ByteEnding(rules(target), activation: activation, table: target.function?.table)
                parts.append(Int8x4Layout(try dense(own, biases, .bytes(ending)), scales: scales))
            } else {
                let bounds = floatBounds
                planes.append(try dense(own, biases, .floats(low: bounds.low, high: bounds.high)))
            }
        }
        if let target = call.node.target, !parts.isEmpty {
            return .int8x4(shape, Int8x4Layout(pixels: pixels, channels: parts.flatMap(\.channels)), target.type)
        }
        let real = Value.floats(shape, Layout(blockSize: pixels, blocks: planes.flatMap(\.blocks)))
        return try lowering.activated(real, activation, call)
    }

    /// Products of bytes that a sum of 32 bits holds for sure, with room for the bias.
    private static var most: Int { 1 << 15 }

    // MARK: How it ends

    /// What is left of the activation once bounds are taken care of.
    private var activation: Activation { call.node.activation.kind == .clamp ? .none : call.node.activation }

    private func rules(_ target: ByteTarget) -> [ByteRule] {
        (0..<outputs).map { channel in
            let scale = target.inner.list[channel % target.inner.list.count]
            let bounds = call.node.activation
            guard bounds.kind == .clamp else {
                return ByteRule(scale: scale, low: 0, high: 255, slope: slopes?[channel] ?? bounds.a)
            }
            return ByteRule(
                scale: scale, low: scale.byte(max(bounds.a, -.greatestFiniteMagnitude)),
                high: scale.byte(min(bounds.b, .greatestFiniteMagnitude)))
        }
    }

    private var floatBounds: (low: Float, high: Float) {
        let activation = call.node.activation
        return activation.kind == .clamp ? (activation.a, activation.b) : (-.infinity, .infinity)
    }

    /// What a sum is multiplied with: to get a real number, or bytes where no activation comes between.
    private func factor(_ channel: Int) -> Float {
        let real = inputScale(channel).scale * weightScale(channel)
        guard activation == .none, let target = call.node.target else { return real }
        return real / target.inner.list[channel % target.inner.list.count].scale
    }

    /// Of what an output channel sums.
    private func inputScale(_ channel: Int) -> ByteScale { input.channels[isDepthwise ? channel : 0].scale }

    private func weightScale(_ channel: Int) -> Float {
        origin.scales.count == 1 ? origin.scales[0] : origin.scales[channel]
    }

    /// The biases at the scale of the sums, less what the zero point of the input adds; nil when one is out of range.
    private func integerBiases() -> [Int32]? {
        let each = origin.numbers.count / outputs
        guard !input.channels.isEmpty else { return nil }
        var list: [Int32] = []
        for channel in 0..<outputs {
            let scale = inputScale(channel)
            let scaled = (Double(bias[channel]) / (Double(scale.scale) * Double(weightScale(channel)))).rounded()
            guard abs(scaled) < 0x1p29 else { return nil }
            let sum = unsafe origin.numbers.withNumbers { numbers in
                // At most `most` numbers.
                unsafe Int(numbers[channel * each..<(channel + 1) * each].reduce(Int32(0)) { $0 &+ Int32($1) })
            }
            guard let exact = Int32(exactly: Int(scaled) - Int(scale.zeroPoint) * sum) else { return nil }
            list.append(exact)
        }
        return list
    }

    // MARK: Steps

    /// - Returns: int8x4 blocks, or planes of floats.
    private func dense(_ own: Int8x4Layout, _ biases: [Int32], _ ending: QuantizedEnding) throws(InferError) -> Layout {
        let (source, index) = own.blocks
        let depth = source.blocks.count * area, filled = (outputs + 3) / 4 * 4
        let firsts = own.channels.indices.map { 4 * index[$0] * area + own.channels[$0].lane }
        let missing = filled - outputs
        let packed = unsafe QuantizedWeights(
            lowering, bias: biases + [Int32](repeating: 0, count: missing),
            scale: (0..<outputs).map(factor) + [Float](repeating: 0, count: missing), depth: depth
        ) { weights in unsafe place(to: weights, firsts: firsts, depth: depth) }
        let target: Layout
        if case .bytes = ending {
            target = try lowering.newInt8x4(channels: outputs, pixels: pixels)
        } else {
            target = try lowering.newTensor([outputs, pixels], blockSize: pixels)
        }
        let work = try call.product([outputs, channels, area, pixels], most: Limits.multiplyAdds, "the work")
        let (kernels, window, pixels, padding) = (lowering.kernels, window, pixels, UInt8(inputScale(0).zeroPoint))
        let spread =
            window.isPointwise ? nil : try call.dense(window, inputs: source.blocks.count, outputs: outputs, lowering)
        let writes = [target] + [spread?.scratch].compactMap { $0 }
        try lowering.emit(reads: [source], writes: writes, multiplyAdds: work) { memory in
            QuantizedConvolutionStep(
                kernels, from: PlaneList(source, in: memory), to: PlaneList(target, in: memory), packed, ending,
                channels: filled, pixels: pixels,
                window: spread.map { ($0.kernel, PlaneList($0.scratch, in: memory), UInt32(padding) * 0x0101_0101) })
        }
        return target
    }

    /// - Parameters:
    ///   - weights: `[outputs][depth][4]`, zeroed.
    ///   - firsts: where the first tap of each input channel lies among those of an output.
    private func place(to weights: UnsafeMutableBufferPointer<Int8>, firsts: [Int], depth: Int) {
        precondition(
            origin.numbers.count == outputs * firsts.count * area
                && firsts.allSatisfy { 0 <= $0 && $0 + 4 * (area - 1) < 4 * depth }
                && 4 * outputs * depth <= weights.count, "weights beside their places")
        unsafe origin.numbers.withNumbers { numbers in
            if area == 1, firsts.elementsEqual(firsts.indices) {
                guard let from = numbers.baseAddress, let to = weights.baseAddress else { return }
                for m in 0..<outputs {
                    unsafe (to + 4 * m * depth).update(from: from + m * firsts.count, count: firsts.count)
                }
                return
            }
            var number = 0
            for m in 0..<outputs {
                for first in firsts {
                    var place = 4 * m * depth + first
                    for _ in 0..<area {
                        unsafe weights[place] = unsafe numbers[number]
                        number += 1
                        place += 4
                    }
                }
            }
        }
    }

    /// The result lies as the input does: lane by lane.
    private func depthwise(_ own: Int8x4Layout, _ biases: [Int32]) throws(InferError) -> Int8x4Layout {
        guard let target = call.node.target, let scales = target.scales.each(of: outputs) else {
            throw call.invalid("\(call.node.target?.inner.list.count ?? 0) scales for \(outputs) channels")
        }
        let (source, index) = own.blocks
        let rules = rules(target)
        var placed = [ByteRule](repeating: .nothing, count: 4 * source.blocks.count)
        var packed: [QuantizedWeights] = []
        var padding: [UInt32] = []
        for block in source.blocks.indices {
            let channels = own.channels.indices.filter { index[$0] == block }
            var bias = [Int32](repeating: 0, count: 4), scale = [Float](repeating: 0, count: 4)
            var zeros: UInt32 = 0
            for channel in channels {
                let lane = own.channels[channel].lane
                bias[lane] = biases[channel]
                scale[lane] = factor(channel)
                placed[4 * block + lane] = rules[channel]
                zeros |= UInt32(own.channels[channel].scale.zeroPoint) << (8 * lane)
            }
            padding.append(zeros)
            packed.append(
                unsafe QuantizedWeights(lowering, bias: bias, scale: scale, depth: area) { weights in
                    for channel in channels {
                        let lane = own.channels[channel].lane
                        for tap in 0..<area {
                            unsafe weights[(lane * area + tap) * 4 + lane] = origin.numbers[channel * area + tap]
                        }
                    }
                })
        }
        let output = try lowering.newTensor([source.blocks.count, pixels], blockSize: pixels)
        let (dense, scratch) = try call.dense(window, inputs: 1, outputs: 0, lowering)
        let work = try call.product([outputs, area, pixels], most: Limits.multiplyAdds, "the work")
        let (kernels, weights, zeros) = (lowering.kernels, packed, padding)
        let ending = ByteEnding(placed, activation: activation, table: target.function?.table)
        try lowering.emit(reads: [source], writes: [output, scratch], multiplyAdds: work) { memory in
            QuantizedDepthwiseStep(
                kernels, from: PlaneList(source, in: memory), to: PlaneList(output, in: memory), weights, ending,
                dense: dense, scratch: PlaneList(scratch, in: memory), padding: zeros)
        }
        var result = own.placed(in: output)
        for channel in scales.indices { result.channels[channel].scale = scales[channel] }
        return result
    }
}
