/// Every hand-written kernel for one instruction set, chosen once at start: `KernelTable.best`, `.scalar`,
/// `.named(_:)`.
///
/// All kernels allocate nothing, take sizes and pointers, and know no graph. Sizes are in floats and pixels, ranges
/// are half-open `[begin, end)` and may be empty; threads may work on disjoint ranges of the same call at once. Sizes
/// must be non-negative and pointers must obey `PlaneGuard`: nothing is checked here, the caller has planned it all.
package struct KernelTable: Sendable {
    /// "scalar", "x86-64", "x86-64-v3", "x86-64-v4", "x86-64-v4-vnni", "arm64" or "arm64-dotprod".
    package let name: String
    /// Floats per vector.
    package let lanes: Int
    /// Output channels per block of packed weights.
    package let blockChannels: Int
    /// A good granularity, in pixels, for splitting `convolvePixels` between threads.
    package let blockPixels: Int

    // MARK: Convolution

    /// How many floats `packPointwise` writes: (channels, depth) -> floats.
    package typealias PackedFloats = @Sendable (Int, Int) -> Int
    /// Packs row-major weights `[channels][depth]` (for a dense convolution `[channels][inputs * kh * kw]`, the
    /// model's order): (weights, channels, depth, packed).
    package typealias PackPointwise = @Sendable (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void
    /// (convolution, begin, end): pixels `[begin, end)` of all output planes.
    package typealias ConvolvePixels = @Sendable (PointwiseConvolution, Int, Int) -> Void
    /// (convolution, rowBegin, rowEnd): rows of `width` pixels; row r reads inputs at `r * inputRowStep`, writes at
    /// `r * outputRowStep`.
    package typealias ConvolveRows = @Sendable (PointwiseConvolution, Int, Int) -> Void
    /// (input plane, what padding is, channel scratch, layout): writes `layout.channelFloats` floats. Only moves bits, so
    /// that int8x4 blocks can be spread as well.
    package typealias Im2col = @Sendable (Plane, Float, MutablePlane, TapLayout) -> Void
    /// How many floats of scratch, private to the thread and 64-byte aligned, `depthwise` needs for a window.
    package typealias DepthwiseScratchFloats = @Sendable (Window) -> Int
    /// (convolution, channelBegin, channelEnd, rowBegin, rowEnd, scratch): output rows of some channels. Any window; 3x3 and
    /// 5x5 with stride 1 or 2 and dilation 1 need no scratch.
    package typealias Depthwise = @Sendable (DepthwiseConvolution, Int, Int, Int, Int, MutablePlane) -> Void

    /// (input plane, strip, scratch of `strip.scratchFloats`, first plane, floats to the next position): transforms one channel
    /// into 16 planes. Channels come in their order.
    package typealias WinogradInput = @Sendable (Plane, WinogradStrip, MutablePlane, MutablePlane, Int) -> Void
    /// (first plane of the channel's sums, floats to the next position, strip, convolution, channel): the strip's outputs of
    /// that channel, with `initial`, activation and residual; the bias is in the sums.
    package typealias WinogradOutput = @Sendable (Plane, Int, WinogradStrip, PointwiseConvolution, Int) -> Void

    package let packedFloats: PackedFloats
    package let packPointwise: PackPointwise
    package let convolvePixels: ConvolvePixels
    package let convolveRows: ConvolveRows
    package let im2col: Im2col
    package let depthwiseScratchFloats: DepthwiseScratchFloats
    package let depthwise: Depthwise
    package let winogradInput: WinogradInput
    package let winogradOutput: WinogradOutput

    // MARK: Flat arrays (destination may be a source, exactly or not at all overlapping)

    /// (source, destination, count, activation)
    package typealias Activate = @Sendable (Plane, MutablePlane, Int, Activation) -> Void
    /// (left, right, destination, count, operation)
    package typealias Combine = @Sendable (Plane, Plane, MutablePlane, Int, BinaryOperation) -> Void
    /// (source, scale, offset, destination, count): `scale * x + offset`
    package typealias Affine = @Sendable (Plane, Float, Float, MutablePlane, Int) -> Void
    /// (source, destination, count): e^x to 1e-6 relative on [-87, 88]; saturates (no infinity, no subnormal) outside.
    package typealias Exponential = @Sendable (Plane, MutablePlane, Int) -> Void
    /// (source, destination, rows, columns): row by row, `exp(x - max) / sum`.
    package typealias Softmax = @Sendable (Plane, MutablePlane, Int, Int) -> Void
    /// (source, count): the sum, in an order of the kernel's choice.
    package typealias Sum = @Sendable (Plane, Int) -> Float

    package let activate: Activate
    package let combine: Combine
    package let affine: Affine
    package let exponential: Exponential
    package let softmax: Softmax
    package let sum: Sum

    // MARK: Planes

    /// (input, output, window, rowBegin, rowEnd, scratch): maximum of the pixels inside of the input; NaN is ignored.
    /// `scratch` holds `maxPoolScratchFloats(window)` floats, private to the thread.
    package typealias MaxPool = @Sendable (Plane, MutablePlane, Window, Int, Int, MutablePlane) -> Void
    /// (input, output, window, rowBegin, rowEnd, countsPadding): mean of the pixels inside of the input, divided by the
    /// whole window when `countsPadding` (ONNX count_include_pad).
    package typealias AveragePool = @Sendable (Plane, MutablePlane, Window, Int, Int, Bool) -> Void
    /// (input, inputWidth, factorY, factorX, output, rowBegin, rowEnd): each pixel becomes factorY x factorX; output
    /// rows.
    package typealias UpsampleNearest = @Sendable (Plane, Int, Int, Int, MutablePlane, Int, Int) -> Void
    /// (top row, bottom row, weight of bottom 0...1, columns, output row)
    package typealias BilinearRow = @Sendable (Plane, Plane, Float, BilinearColumns, MutablePlane) -> Void
    /// (planes, channels, begin, end, destination, rowStep): pixel i of all planes becomes row i:
    /// `destination[i * rowStep + c] = planes[c][i]`.
    package typealias Interleave = @Sendable (UnsafePointer<Plane>, Int, Int, Int, MutablePlane, Int) -> Void

    package let maxPool: MaxPool
    package let averagePool: AveragePool
    package let upsampleNearest: UpsampleNearest
    package let bilinearRow: BilinearRow
    package let interleave: Interleave

    /// For pictures.
    package let pictures: PictureKernels
    /// For 8-bit numbers.
    package let quantized: QuantizedKernels
    /// For searching vectors.
    package let byteRows: ByteRowKernels

    package static func maxPoolScratchFloats(_ window: Window) -> Int {
        2 * (window.inputWidth + 2 * PlaneGuard.floats)
    }

    package init(
        name: String, lanes: Int, blockChannels: Int, blockPixels: Int,
        packedFloats: @escaping PackedFloats, packPointwise: @escaping PackPointwise,
        convolvePixels: @escaping ConvolvePixels, convolveRows: @escaping ConvolveRows,
        im2col: @escaping Im2col, depthwiseScratchFloats: @escaping DepthwiseScratchFloats,
        depthwise: @escaping Depthwise, winogradInput: @escaping WinogradInput,
        winogradOutput: @escaping WinogradOutput,
        activate: @escaping Activate, combine: @escaping Combine, affine: @escaping Affine,
        exponential: @escaping Exponential, softmax: @escaping Softmax, sum: @escaping Sum,
        maxPool: @escaping MaxPool, averagePool: @escaping AveragePool, upsampleNearest: @escaping UpsampleNearest,
        bilinearRow: @escaping BilinearRow, interleave: @escaping Interleave, pictures: PictureKernels,
        quantized: QuantizedKernels, byteRows: ByteRowKernels
    ) {
        self.name = name
        self.lanes = lanes
        self.blockChannels = blockChannels
        self.blockPixels = blockPixels
        self.packedFloats = packedFloats
        self.packPointwise = packPointwise
        self.convolvePixels = convolvePixels
        self.convolveRows = convolveRows
        self.im2col = im2col
        self.depthwiseScratchFloats = depthwiseScratchFloats
        self.depthwise = depthwise
        self.winogradInput = winogradInput
        self.winogradOutput = winogradOutput
        self.activate = activate
        self.combine = combine
        self.affine = affine
        self.exponential = exponential
        self.softmax = softmax
        self.sum = sum
        self.maxPool = maxPool
        self.averagePool = averagePool
        self.upsampleNearest = upsampleNearest
        self.bilinearRow = bilinearRow
        self.interleave = interleave
        self.pictures = pictures
        self.quantized = quantized
        self.byteRows = byteRows
    }
}

/// What `KernelTable.combine` does with two numbers; NaN in either gives NaN, except for maximum and minimum:
/// unspecified.
package enum BinaryOperation: UInt8, Sendable, CaseIterable {
    case add, subtract, multiply, divide, maximum, minimum
}

/// The columns of a bilinear resize: output pixel x mixes input columns `left[x]` and `right[x]`, the right one with
/// `weight[x]` (0...1).
package struct BilinearColumns {
    package var count: Int
    package var left: UnsafePointer<Int32>
    package var right: UnsafePointer<Int32>
    package var weight: UnsafePointer<Float>

    package init(
        count: Int, left: UnsafePointer<Int32>, right: UnsafePointer<Int32>, weight: UnsafePointer<Float>
    ) {
        self.count = count
        self.left = left
        self.right = right
        self.weight = weight
    }
}
