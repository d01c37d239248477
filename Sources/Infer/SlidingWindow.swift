import KernelTypes
import Kernels

/// Kernel, strides, dilations and pads of a Conv or pool over one or two spatial axes, checked against the input.
struct SlidingWindow {
    let window: Window
    /// The spatial sides of the result, as many as the input has.
    let outputSides: [Int]

    /// `sides` are the spatial sides of the input. A one-dimensional window is a two-dimensional one of height 1.
    init(_ call: Call, sides: [Int], kernel: [Int], ceilMode: Bool = false) throws(InferError) {
        let rank = sides.count
        guard (1...2).contains(rank) else { throw call.unsupported("\(rank) spatial axes") }
        let strides = try call.ints("strides") ?? [Int](repeating: 1, count: rank)
        let dilations = try call.ints("dilations") ?? [Int](repeating: 1, count: rank)
        guard kernel.count == rank, strides.count == rank, dilations.count == rank else {
            throw call.invalid("kernel \(kernel), strides \(strides), dilations \(dilations) for \(rank) spatial axes")
        }
        guard (kernel + strides + dilations).allSatisfy({ $0 > 0 }) else {
            throw call.invalid("kernel \(kernel), strides \(strides), dilations \(dilations) must be positive")
        }
        let spans = zip(kernel, dilations).map { ($0 - 1) * $1 + 1 }
        let pads = try Self.pads(call, sides: sides, spans: spans, strides: strides)
        var output: [Int] = []
        for axis in 0..<rank {
            output.append(
                try Self.outputSide(
                    call, side: sides[axis], span: spans[axis], stride: strides[axis], before: pads[axis],
                    after: pads[axis + rank], ceilMode: ceilMode))
        }
        outputSides = output
        func pick(_ list: [Int], _ axis: Int, _ flat: Int) -> Int {
            rank == 2 ? list[axis] : axis == 1 ? list[0] : flat
        }
        window = Window(
            inputHeight: pick(sides, 0, 1), inputWidth: pick(sides, 1, 1), outputHeight: pick(output, 0, 1),
            outputWidth: pick(output, 1, 1), kernelHeight: pick(kernel, 0, 1), kernelWidth: pick(kernel, 1, 1),
            strideY: pick(strides, 0, 1), strideX: pick(strides, 1, 1), padTop: pick(pads, 0, 0),
            padLeft: pick(pads, 1, 0), dilationY: pick(dilations, 0, 1), dilationX: pick(dilations, 1, 1))
    }

    private static func pads(_ call: Call, sides: [Int], spans: [Int], strides: [Int]) throws(InferError) -> [Int] {
        let rank = sides.count
        let mode = try call.string("auto_pad", "NOTSET")
        switch mode {
        case "NOTSET", "":
            let pads = try call.ints("pads") ?? [Int](repeating: 0, count: 2 * rank)
            guard pads.count == 2 * rank, pads.allSatisfy({ $0 >= 0 }) else { throw call.invalid("pads \(pads)") }
            return pads
        case "VALID": return [Int](repeating: 0, count: 2 * rank)
        case "SAME_UPPER", "SAME_LOWER":
            var before: [Int] = []
            var after: [Int] = []
            for axis in 0..<rank {
                let output = (sides[axis] + strides[axis] - 1) / strides[axis]
                let total = max(0, (output - 1) * strides[axis] + spans[axis] - sides[axis])
                let small = total / 2
                before.append(mode == "SAME_UPPER" ? small : total - small)
                after.append(mode == "SAME_UPPER" ? total - small : small)
            }
            return before + after
        default: throw call.unsupported("auto_pad \(mode)")
        }
    }

    private static func outputSide(
        _ call: Call, side: Int, span: Int, stride: Int, before: Int, after: Int, ceilMode: Bool
    ) throws(InferError) -> Int {
        let room = side + before + after - span
        guard room >= 0, side > 0 else {
            throw call.invalid("a window of \(span) does not fit into \(side) pixels with pads \(before) and \(after)")
        }
        guard ceilMode else { return room / stride + 1 }
        let count = (room + stride - 1) / stride + 1
        // A last window that would begin behind the input is dropped.
        return (count - 1) * stride >= side + before ? count - 1 : count
    }
}

extension Window {
    /// Whether the one output pixel sees every input pixel once, and nothing else.
    var isWholePlane: Bool {
        kernelHeight == inputHeight && kernelWidth == inputWidth && dilationY == 1 && dilationX == 1
            && outputHeight * outputWidth == 1 && padTop == 0 && padLeft == 0
    }

    /// The rows of the window that meet a row of the input for some output row, and its columns likewise.
    var busyRows: Range<Int> {
        Self.busy(kernelHeight, dilationY, padTop, last: (outputHeight - 1) * strideY, inputHeight)
    }
    var busyColumns: Range<Int> {
        Self.busy(kernelWidth, dilationX, padLeft, last: (outputWidth - 1) * strideX, inputWidth)
    }

    private static func busy(_ taps: Int, _ dilation: Int, _ pad: Int, last: Int, _ side: Int) -> Range<Int> {
        let first = (0..<taps).first { last - pad + $0 * dilation >= 0 } ?? taps
        return first..<((first..<taps).first { $0 * dilation - pad >= side } ?? taps)
    }

    /// Whether each output pixel sees the one input pixel in its place.
    var isPointwise: Bool {
        kernelHeight * kernelWidth == 1 && strideY == 1 && strideX == 1 && inputHeight == outputHeight
            && inputWidth == outputWidth
    }
}

extension Call {
    /// The window by the dense kernel over so many planes, and each thread's scratch for it. The input with its padding bounds
    /// every strip of it: that is checked before any of their sizes are multiplied unchecked.
    /// - Parameter outputs: how many sums are made of the planes; 0 where none are, and rows need not be joined.
    func dense(_ window: Window, inputs: Int, outputs: Int, _ lowering: Lowering) throws(InferError)
        -> (kernel: DenseConvolution, scratch: Layout)
    {
        let joinsRows = DenseConvolution.joinsRows(window, outputs: outputs, lanes: lowering.kernels.lanes)
        let whole = TapLayout(window, joinsRows: joinsRows)
        _ = try product(
            [inputs, whole.phases, whole.classRows, whole.pitch], most: Limits.tensorElements, "the scratch")
        let kernel = DenseConvolution(
            window: window, inputChannels: inputs, joinsRows: joinsRows, outputs: outputs)
        _ = try product([lowering.threads, kernel.scratchFloats], most: Limits.tensorElements, "the scratch")
        return (kernel, try lowering.newScratch(floats: kernel.scratchFloats))
    }

    /// Each thread's scratch for a window by the depthwise kernel: a plane with its padding and the window twice, at most.
    func depthwiseScratch(_ window: Window, _ lowering: Lowering) throws(InferError) -> Layout {
        let padded = TapLayout(window)
        _ = try product([padded.phases, padded.rows, padded.pitch], most: Limits.tensorElements, "the scratch")
        let floats = lowering.kernels.depthwiseScratchFloats(window)
        _ = try product([lowering.threads, floats], most: Limits.tensorElements, "the scratch")
        return try lowering.newScratch(floats: floats)
    }
}
