import KernelTypes

/// What MaxPool and AveragePool share: a window over every plane.
struct Pooling {
    enum Kind {
        case maximum
        case average(countsPadding: Bool)
    }

    static func lower(_ call: Call, _ lowering: Lowering, _ kind: Kind) throws(InferError) -> [Value] {
        let value = try call.input(0)
        guard value.shape.count >= 3 else { throw call.invalid("input of shape \(value.shape)") }
        guard call.node.outputs.count == 1 else { throw call.unsupported("the output Indices") }
        guard let kernel = try call.ints("kernel_shape") else { throw call.invalid("kernel_shape is missing") }
        let ceilMode = try call.int("ceil_mode", 0) != 0
        let sliding = try SlidingWindow(call, sides: Array(value.shape[2...]), kernel: kernel, ceilMode: ceilMode)
        if case .average(countsPadding: true) = kind, ceilMode {
            throw call.unsupported("ceil_mode with count_include_pad")
        }
        if case .average = kind, sliding.window.isWholePlane { return try Reduction.global(call, lowering, .mean) }
        let shape = Array(value.shape[..<2]) + sliding.outputSides
        if case .maximum = kind, case .int8x4(let int8x4) = value.content,
            let largest = try bytes(call, int8x4, sliding.window, lowering)
        {
            return [.int8x4(shape, largest, value.type)]
        }
        if let bare = withoutBorder(value, sliding.window, kind, lowering) {
            return [.floats(shape, try pooled(call, bare.value, shape, bare.window, bare.kind, lowering))]
        }
        return [.floats(shape, try pooled(call, value, shape, sliding.window, kind, lowering))]
    }

    /// A Pad before the pool becomes the window's own padding, where that means the same.
    private static func withoutBorder(_ value: Value, _ window: Window, _ kind: Kind, _ lowering: Lowering)
        -> (value: Value, window: Window, kind: Kind)?
    {
        switch kind {
        case .maximum:
            guard let bare = lowering.withoutBorder(value, window, padding: -.infinity) else { return nil }
            return (bare.value, bare.window, kind)
        case .average(let countsPadding):
            guard countsPadding || window.staysInside, let bare = lowering.withoutBorder(value, window, padding: 0)
            else { return nil }
            return (bare.value, bare.window, .average(countsPadding: true))
        }
    }

    /// Of bytes; nil where the window is too large to be listed tap by tap.
    private static func bytes(_ call: Call, _ int8x4: Int8x4Layout, _ window: Window, _ lowering: Lowering)
        throws(InferError) -> Int8x4Layout?
    {
        let taps = window.kernelHeight * window.kernelWidth, pixels = window.outputHeight * window.outputWidth
        guard int8x4.pixels == window.inputHeight * window.inputWidth, taps <= 1 << 10 else { return nil }
        let source = int8x4.blocks.layout
        _ = try call.product([source.blocks.count, pixels, taps], most: Limits.poolWork, "the work")
        let (dense, scratch) = try call.dense(window, inputs: 1, outputs: 0, lowering)
        let target = try lowering.newTensor([source.blocks.count, pixels], blockSize: pixels)
        let kernels = lowering.kernels
        try lowering.emit(reads: [source], writes: [target, scratch]) { memory in
            LargestInt8x4Step(
                kernels, from: PlaneList(source, in: memory), to: PlaneList(target, in: memory), dense: dense,
                scratch: PlaneList(scratch, in: memory))
        }
        return int8x4.placed(in: target)
    }

    private static func pooled(
        _ call: Call, _ value: Value, _ shape: [Int], _ window: Window, _ kind: Kind, _ lowering: Lowering
    ) throws(InferError) -> Layout {
        _ = try Limits.elements(of: shape)
        let source = try lowering.planes(value, size: window.inputHeight * window.inputWidth)
        let target = try lowering.newTensor(shape, blockSize: window.outputHeight * window.outputWidth)
        _ = try call.product(
            [target.count, window.kernelHeight, window.kernelWidth], most: Limits.poolWork, "the work")
        let kernels = lowering.kernels
        let scratch = try lowering.newScratch(floats: KernelTable.maxPoolScratchFloats(window))
        try lowering.emit(reads: [source], writes: [target, scratch]) { memory in
            PoolStep(
                kernels, kind, from: PlaneList(source, in: memory), to: PlaneList(target, in: memory), window: window,
                scratch: PlaneList(scratch, in: memory))
        }
        return target
    }
}
