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
        guard [addends.initial, addends.residual].compactMap({ $0 }).allSatisfy({ $0.shape == convolution.shape }),
            (call.optional(5) == nil) == (convolution.slopes == nil)
        else {
            return [try separately(call, addends, lowering)]
        }
        return [try convolution.lowered()]
    }

    /// An Add that was fused before the shapes were known turns out to broadcast, or a PRelu has other slopes than one for
    /// each channel.
    private static func separately(_ call: Call, _ addends: (initial: Value?, residual: Value?), _ lowering: Lowering)
        throws(InferError) -> Value
    {
        var plain = call.node
        plain.activation = .none
        plain.target = nil
        let bare = Call(node: plain, inputs: Array(call.inputs.prefix(3)))
        var result = try Convolution(bare, lowering).lowered()
        if let initial = addends.initial { result = try lowering.binary(call, result, initial, .kernel(.add)) }
        result = try lowering.activated(result, call.node.activation, call)
        if let residual = addends.residual { result = try lowering.binary(call, result, residual, .kernel(.add)) }
        return result
    }
}

extension Lowering {
    /// A Conv's own result after what fusion has put behind it: a function of one number, or a PRelu with the slopes that
    /// are the sixth input.
    func activated(_ value: Value, _ activation: Activation, _ call: Call) throws(InferError) -> Value {
        if let slopes = call.optional(5) { return try binary(call, value, slopes, .prelu) }
        return activation == .none ? value : try unary(value, .activation(activation))
    }
}

/// A Conv node with all its sides checked.
private struct Convolution {
    let call: Call
    let lowering: Lowering
    let input: Value
    var weights: FloatBuffer
    let bias: FloatBuffer
    /// Of a PRelu behind it, one for each output channel.
    let slopes: [Float]?
    var window: Window
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
        slopes = Self.slopes(call, lowering, shape)
    }

    /// - Returns: nil for none, and for those that are not known yet or that differ within a channel.
    private static func slopes(_ call: Call, _ lowering: Lowering, _ shape: [Int]) -> [Float]? {
        guard let value = call.optional(5), value.shape.count <= shape.count, let list = lowering.known(value) else {
            return nil
        }
        let sides = [Int](repeating: 1, count: shape.count - value.shape.count) + value.shape
        guard sides.indices.allSatisfy({ sides[$0] == 1 || $0 == 1 && sides[$0] == shape[1] }), let first = list.first
        else { return nil }
        return list.count == shape[1] ? list : [Float](repeating: first, count: shape[1])
    }

    private var pixels: Int { window.outputHeight * window.outputWidth }

    func lowered() throws(InferError) -> Value {
        _ = try Limits.elements(of: shape)
        if let bytes = try quantized() { return bytes }
        return try (withoutIdleTaps() ?? self).loweredInFloats()
    }

    /// The same without the taps that meet nothing but padding, as most of a window do whose dilation is larger than the
    /// picture.
    private func withoutIdleTaps() -> Convolution? {
        let rows = window.busyRows, columns = window.busyColumns
        let (height, width) = (window.kernelHeight, window.kernelWidth)
        guard !rows.isEmpty, !columns.isEmpty, rows.count < height || columns.count < width else { return nil }
        var kept: [Float] = []
        for kernel in stride(from: 0, to: weights.count, by: height * width) {
            for row in rows {
                let first = kernel + row * width
                unsafe kept += weights.values[first + columns.lowerBound..<first + columns.upperBound]
            }
        }
        var smaller = self
        smaller.weights = FloatBuffer(kept)
        smaller.window.kernelHeight = rows.count
        smaller.window.kernelWidth = columns.count
        smaller.window.padTop -= rows.lowerBound * window.dilationY
        smaller.window.padLeft -= columns.lowerBound * window.dilationX
        return smaller
    }

    private func loweredInFloats() throws(InferError) -> Value {
        let source = try lowering.planes(input, size: window.inputHeight * window.inputWidth)
        let target = try lowering.newTensor(shape, blockSize: pixels)
        let fused = try addends()
        let isDepthwise = groups == channels && outputs == channels && fused.initial == nil && fused.residual == nil
        if isDepthwise {
            let weights = ConvolutionWeights(
                packed: weights.detached, bias: bias, slopes: slopes.map { FloatBuffer($0) },
                sharing: lowering.constants)
            lowering.weightFloats += weights.packed.count + bias.count
            for image in 0..<batch {
                try depthwise(
                    weights, slice(source, image * channels, channels), slice(target, image * outputs, outputs))
            }
        } else {
            let planes = Planes(source: source, target: target, initial: fused.initial, residual: fused.residual)
            for group in 0..<groups { try dense(group: group, planes) }
        }
        return .floats(shape, target)
    }

    /// The same with 8-bit numbers, when the input lies as bytes and the weights come from some.
    private func quantized() throws(InferError) -> Value? {
        guard case .int8x4(let int8x4) = input.content, input.type == .float,
            let origin = try call.input(1).origin, call.optional(3) == nil, call.optional(4) == nil
        else { return nil }
        let quantized = QuantizedConv(
            call: call, lowering: lowering, input: int8x4, origin: origin, bias: bias.array(), slopes: slopes,
            window: window, shape: shape, batch: batch, channels: channels, outputs: outputs, groups: groups)
        return try quantized.lowered()
    }

    private func slice(_ layout: Layout, _ first: Int, _ count: Int) -> Layout {
        Layout(blockSize: layout.blockSize, blocks: Array(layout.blocks[first..<first + count]))
    }

    /// What a convolution reads and writes.
    fileprivate struct Planes {
        var source: Layout
        var target: Layout
        var initial: Layout?
        var residual: Layout?

        var reads: [Layout] { [source] + [initial, residual].compactMap { $0 } }

        func mapped(_ change: (Layout) -> Layout?) -> Planes? {
            guard let source = change(source), let target = change(target) else { return nil }
            let (initial, residual) = (initial.map(change), residual.map(change))
            if case .some(nil) = initial { return nil }
            if case .some(nil) = residual { return nil }
            return Planes(source: source, target: target, initial: initial ?? nil, residual: residual ?? nil)
        }
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

    private func depthwise(_ weights: ConvolutionWeights, _ source: Layout, _ target: Layout) throws(InferError) {
        let work = try call.product(
            [channels, pixels, window.kernelHeight, window.kernelWidth], most: Limits.multiplyAdds, "the work")
        let (kernels, window, activation) = (lowering.kernels, window, call.node.activation)
        let scratch = try call.depthwiseScratch(window, lowering)
        try lowering.emit(reads: [source], writes: [target, scratch], multiplyAdds: work) { memory in
            let planes = ConvolutionPlanes(
                inputs: PlaneList(source, in: memory), outputs: PlaneList(target, in: memory), initial: nil,
                residual: nil)
            return DepthwiseStep(
                kernels, planes, weights, activation: activation, window: window,
                scratch: PlaneList(scratch, in: memory))
        }
    }

    /// One group of all pictures, with one copy of its weights.
    private func dense(group: Int, _ all: Planes) throws(InferError) {
        let (ins, outs) = (channels / groups, outputs / groups)
        let depth = ins * window.kernelHeight * window.kernelWidth
        _ = try call.product([batch, outs, depth, pixels], most: Limits.multiplyAdds, "the work")
        let pictures = (0..<batch).map { image in
            let first = image * outputs + group * outs
            return Planes(
                source: slice(all.source, image * channels + group * ins, ins), target: slice(all.target, first, outs),
                initial: all.initial.map { slice($0, first, outs) },
                residual: all.residual.map { slice($0, first, outs) })
        }
        if window.isPointwise { return try pointwise(group: group, pictures, groups == 1 ? all : nil) }
        if WinogradConvolution.isFaster(window, inputs: ins, outputs: outs, lanes: lowering.kernels.lanes) {
            return try winograd(group: group, pictures)
        }
        let packed = packed(group: group, outs: outs, depth: depth)
        let (dense, scratch) = try call.dense(window, inputs: ins, outputs: outs, lowering)
        let (kernels, activation) = (lowering.kernels, call.node.activation)
        for planes in pictures {
            let work = outs * depth * pixels
            try lowering.emit(reads: planes.reads, writes: [planes.target, scratch], multiplyAdds: work) { memory in
                DenseStep(
                    kernels, ConvolutionPlanes(planes, memory), dense, packed, activation: activation,
                    scratch: PlaneList(scratch, in: memory))
            }
        }
    }

    private func winograd(group: Int, _ pictures: [Planes]) throws(InferError) {
        let (ins, outs) = (channels / groups, outputs / groups)
        let (kernels, activation) = (lowering.kernels, call.node.activation)
        let winograd = WinogradConvolution(kernels, window: window, inputChannels: ins, outputChannels: outs)
        _ = try call.product([lowering.threads, winograd.scratchFloats], most: Limits.tensorElements, "the scratch")
        let scratch = try lowering.newScratch(floats: winograd.scratchFloats)
        let packed = FloatBuffer(count: winograd.packedFloats(kernels))
        if let from = unsafe weights.values.baseAddress, let to = unsafe packed.values.baseAddress {
            unsafe winograd.pack(kernels, from + group * outs * ins * 9, to)
        }
        let constants = constants(packed, group: group, bias: bias(ofGroup: group))
        for planes in pictures {
            // Counted as what the network asks for, whatever is saved.
            let work = outs * ins * 9 * pixels
            try lowering.emit(reads: planes.reads, writes: [planes.target, scratch], multiplyAdds: work) { memory in
                DenseStep(
                    kernels, ConvolutionPlanes(planes, memory), winograd, constants, activation: activation,
                    scratch: PlaneList(scratch, in: memory))
            }
        }
    }

    private func pointwise(group: Int, _ pictures: [Planes], _ all: Planes?) throws(InferError) {
        let outs = outputs / groups
        if pictures.count == 1, let planes = pictures.first, planes.initial == nil,
            let channels = lowering.enlargedChannels(planes.source), channels.small.count >= Self.fewChannels,
            !channels.plain.isEmpty || planes.residual == nil
        {
            return try enlarging(channels, group: group, planes)
        }
        let packed = packed(group: group, outs: outs, depth: channels / groups)
        // A pixel is a pixel, whatever picture it belongs to.
        let joined = all?.mapped { $0.joined(images: batch) }
        for planes in joined.map({ [$0] }) ?? pictures { try pointwise(packed, planes, call.node.activation) }
    }

    private func pointwise(_ weights: ConvolutionWeights, _ planes: Planes, _ activation: Activation)
        throws(InferError)
    {
        let (kernels, pixels) = (lowering.kernels, planes.target.blockSize)
        let work = planes.source.blocks.count * planes.target.count
        try lowering.emit(reads: planes.reads, writes: [planes.target], multiplyAdds: work) { memory in
            PointwiseStep(
                kernels, ConvolutionPlanes(planes, memory), weights, activation: activation, pixels: pixels)
        }
    }

    /// With fewer enlarged channels than this, writing and reading their sums costs more than it saves.
    private static let fewChannels = 8

    /// Repeating pixels and mixing channels may change places: what was enlarged is mixed while it is small, and its sums are
    /// enlarged: a quarter of the multiply-adds for twice the size.
    private func enlarging(_ channels: EnlargedChannels, group: Int, _ planes: Planes) throws(InferError) {
        let outs = outputs / groups
        let isAll = channels.plain.isEmpty, activation = call.node.activation
        let small = packed(group: group, outs: outs, channels: channels.small, hasBias: isAll)
        let pixels = channels.enlargement.pixels
        let sums = try lowering.newTensor([outs, pixels], blockSize: pixels)
        try pointwise(small, Planes(source: channels.source, target: sums), isAll ? activation : .none)
        if isAll {
            _ = try lowering.enlarged(sums, channels.enlargement, to: planes.target)
            return
        }
        var rest = planes
        rest.initial = try lowering.enlarged(sums, channels.enlargement)
        rest.source.blocks = channels.plain.map { planes.source.blocks[$0] }
        try pointwise(packed(group: group, outs: outs, channels: channels.plain, hasBias: true), rest, activation)
    }

    /// The weights of some input channels of a 1x1 window.
    private func packed(group: Int, outs: Int, channels: [Int], hasBias: Bool) -> ConvolutionWeights {
        let all = self.channels / groups
        var rows: [Float] = []
        rows.reserveCapacity(outs * channels.count)
        for row in group * outs..<(group + 1) * outs {
            for channel in channels { unsafe rows.append(weights.values[row * all + channel]) }
        }
        let bias = hasBias ? bias(ofGroup: group) : [Float](repeating: 0, count: outs)
        return packed(FloatBuffer(rows), group: group, outs: outs, depth: channels.count, bias: bias)
    }

    private func packed(group: Int, outs: Int, depth: Int) -> ConvolutionWeights {
        packed(
            weights, from: group * outs * depth, group: group, outs: outs, depth: depth, bias: bias(ofGroup: group))
    }

    private func bias(ofGroup group: Int) -> [Float] { of(group, bias.array()) }

    /// The part of one group of what each output channel has one of.
    private func of(_ group: Int, _ list: [Float]) -> [Float] {
        let outs = outputs / groups
        return Array(list[group * outs..<(group + 1) * outs])
    }

    private func packed(
        _ weights: FloatBuffer, from first: Int = 0, group: Int, outs: Int, depth: Int, bias: [Float]
    ) -> ConvolutionWeights {
        let packed = FloatBuffer(count: lowering.kernels.packedFloats(outs, depth))
        if let from = unsafe weights.values.baseAddress, let to = unsafe packed.values.baseAddress {
            unsafe lowering.kernels.packPointwise(from + first, outs, depth, to)
        }
        return constants(packed, group: group, bias: bias)
    }

    private func constants(_ packed: FloatBuffer, group: Int, bias: [Float]) -> ConvolutionWeights {
        lowering.weightFloats += packed.count + bias.count
        return ConvolutionWeights(
            packed: packed, bias: FloatBuffer(bias), slopes: slopes.map { FloatBuffer(of(group, $0)) },
            sharing: lowering.constants)
    }
}

extension ConvolutionPlanes {
    fileprivate init(_ planes: Convolution.Planes, _ memory: Memory) {
        self.init(
            inputs: PlaneList(planes.source, in: memory), outputs: PlaneList(planes.target, in: memory),
            initial: planes.initial.map { PlaneList($0, in: memory) },
            residual: planes.residual.map { PlaneList($0, in: memory) })
    }
}
