import KernelTypes
import Kernels

/// Packed weights, bias and slopes of one convolution.
@safe final class ConvolutionWeights {
    let packed: FloatBuffer
    let bias: FloatBuffer
    private let slopes: FloatBuffer?

    /// - Parameters:
    ///   - slopes: of a PRelu, one for each output channel.
    ///   - pool: may have the same already.
    init(packed: FloatBuffer, bias: FloatBuffer, slopes: FloatBuffer? = nil, sharing pool: ConstantPool) {
        self.packed = pool.shared(packed)
        self.bias = pool.shared(bias)
        self.slopes = slopes.map { pool.shared($0) }
    }

    var weightsPointer: UnsafePointer<Float> { unsafe Self.start(packed) }
    var biasPointer: UnsafePointer<Float> { unsafe Self.start(bias) }
    var slopesPointer: UnsafePointer<Float>? { unsafe slopes.map { unsafe Self.start($0) } }

    private static func start(_ buffer: FloatBuffer) -> UnsafePointer<Float> {
        // SAFETY: a buffer without floats still has its guards; nothing is read through the pointer then.
        guard let base = unsafe buffer.values.baseAddress else { preconditionFailure("a buffer without memory") }
        return unsafe UnsafePointer(base)
    }
}

/// The lists of planes around a convolution.
struct ConvolutionPlanes {
    let inputs: PlaneList
    let outputs: PlaneList
    let initial: PlaneList?
    let residual: PlaneList?
}

/// A 1x1 convolution with stride 1: all output channels over a range of pixels.
@safe final class PointwiseStep: Step {
    private let kernels: KernelTable
    private let planes: ConvolutionPlanes
    private let weights: ConvolutionWeights
    private let convolution: PointwiseConvolution
    private let pixels: Int

    init(
        _ kernels: KernelTable, _ planes: ConvolutionPlanes, _ weights: ConvolutionWeights, activation: Activation,
        pixels: Int
    ) {
        self.kernels = kernels
        self.planes = planes
        self.weights = weights
        self.pixels = pixels
        convolution = PointwiseConvolution(planes, planes.inputs, weights, activation)
    }

    func run(_ part: Part) {
        part.split(pixels, grain: kernels.blockPixels) { _, range in
            kernels.convolvePixels(convolution, range.lowerBound, range.upperBound)
        }
    }
}

/// A dense convolution, tap by tap or by Winograd's method: each thread prepares the input rows that its output rows need in its own
/// scratch, a strip at a time, so that nobody waits for anybody.
@safe final class DenseStep<Rows: RowConvolution>: Step {
    private let kernels: KernelTable
    private let planes: ConvolutionPlanes
    private let scratch: PlaneList
    private let weights: ConvolutionWeights
    private let rows: Rows
    private let convolution: PointwiseConvolution

    /// - Parameters:
    ///   - weights: packed as `rows` wants them.
    ///   - scratch: one block of `rows.scratchFloats` for each thread.
    init(
        _ kernels: KernelTable, _ planes: ConvolutionPlanes, _ rows: Rows, _ weights: ConvolutionWeights,
        activation: Activation, scratch: PlaneList
    ) {
        self.kernels = kernels
        self.planes = planes
        self.scratch = scratch
        self.weights = weights
        self.rows = rows
        convolution = PointwiseConvolution(planes, planes.inputs, weights, activation)
    }

    func run(_ part: Part) {
        part.split(rows.rowCount) { worker, range in
            unsafe rows.run(
                kernels, inputs: planes.inputs.inputs, outputs: convolution, rowBegin: range.lowerBound,
                rowEnd: range.upperBound, scratch: scratch[worker])
        }
    }
}

/// One window per channel.
@safe final class DepthwiseStep: Step {
    private let kernels: KernelTable
    private let planes: ConvolutionPlanes
    private let weights: ConvolutionWeights
    private let convolution: DepthwiseConvolution
    private let scratch: PlaneList

    /// - Parameter scratch: one block of `kernels.depthwiseScratchFloats(window)` for each thread.
    init(
        _ kernels: KernelTable, _ planes: ConvolutionPlanes, _ weights: ConvolutionWeights, activation: Activation,
        window: Window, scratch: PlaneList
    ) {
        self.kernels = kernels
        self.planes = planes
        self.scratch = scratch
        self.weights = weights
        convolution = unsafe DepthwiseConvolution(
            inputs: planes.inputs.inputs, outputs: planes.outputs.outputs, weights: weights.weightsPointer,
            bias: weights.biasPointer, window: window, activation: activation, slopes: weights.slopesPointer)
    }

    func run(_ part: Part) {
        part.split(planes.inputs.count) { worker, range in
            unsafe kernels.depthwise(
                convolution, range.lowerBound, range.upperBound, 0, convolution.window.outputHeight, scratch[worker])
        }
    }
}

extension PointwiseConvolution {
    init(_ planes: ConvolutionPlanes, _ inputs: PlaneList, _ weights: ConvolutionWeights, _ activation: Activation) {
        unsafe self.init(
            inputs: inputs.inputs, depth: inputs.count, outputs: planes.outputs.outputs, channels: planes.outputs.count,
            weights: weights.weightsPointer, bias: weights.biasPointer, initial: planes.initial?.inputs,
            activation: activation, slopes: weights.slopesPointer, residual: planes.residual?.inputs)
    }
}
