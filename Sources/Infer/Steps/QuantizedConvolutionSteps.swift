import KernelTypes
import Kernels

/// Packed 8-bit weights with their biases and factors.
@safe final class QuantizedWeights {
    let packed: FixedList<UInt32>
    let bias: FixedList<Int32>
    let scale: FixedList<Float>

    /// - Parameters:
    ///   - bias: at the scale of the sums, one for each channel, a multiple of 4; so is `scale`.
    ///   - placing: writes the weights, `[channels][depth][4]`, over zeros.
    init(
        _ lowering: Lowering, bias: [Int32], scale: [Float], depth: Int,
        placing: (UnsafeMutableBufferPointer<Int8>) -> Void
    ) {
        let channels = bias.count, missing = (channels + 7) / 8 * 8 - channels
        let kernels = lowering.kernels.quantized
        let summed = FixedList(bias + [Int32](repeating: 0, count: missing))
        var packed = FixedList<UInt32>(zeros: 0)
        unsafe lowering.withZeros(channels * depth * 4) { weights in
            unsafe placing(weights)
            guard let start = weights.baseAddress else { return }
            packed = FixedList(zeros: unsafe kernels.packedWords(start, channels, depth))
            unsafe kernels.pack(start, channels, depth, packed.start, summed.start)
        }
        self.packed = lowering.constants.shared(packed)
        self.bias = lowering.constants.shared(summed)
        self.scale = lowering.constants.shared(FixedList(scale + [Float](repeating: 0, count: missing)))
        lowering.weightFloats += words
    }

    var words: Int { packed.count + bias.count + scale.count }
}

/// How the sums of some channels become bytes.
struct ByteRule {
    /// Of the real number, after the activation.
    var scale: ByteScale
    var low: UInt8
    var high: UInt8
    /// Of a leakyRelu in between.
    var slope: Float = 1

    /// For a channel that only fills up the last four.
    static let nothing = ByteRule(scale: ByteScale(scale: 1, zeroPoint: 0), low: 0, high: 0)
}

/// The same at fixed addresses.
@safe final class ByteEnding {
    private let activation: Activation
    private let factor: FixedList<Float>
    private let slope: FixedList<Float>
    private let zeroPoint: FixedList<Float>
    private let low: FixedList<Float>
    private let high: FixedList<Float>
    private let table: FixedList<UInt8>?

    init(_ rules: [ByteRule], activation: Activation, table: [UInt8]?) {
        let filled = rules + [ByteRule](repeating: .nothing, count: (rules.count + 7) / 8 * 8 - rules.count)
        self.activation = activation
        factor = FixedList(filled.map { 1 / $0.scale.scale })
        slope = FixedList(filled.map(\.slope))
        zeroPoint = FixedList(filled.map { ByteResult.magic + Float($0.scale.zeroPoint) })
        low = FixedList(filled.map { ByteResult.magic + Float($0.low) })
        high = FixedList(filled.map { ByteResult.magic + Float($0.high) })
        self.table = table.map { FixedList($0) }
    }

    /// - Parameter first: the channel from which on the lists are read.
    func result(from first: Int) -> ByteResult {
        unsafe ByteResult(
            activation: activation, factor: factor.start + first, slope: slope.start + first,
            zeroPoint: zeroPoint.start + first, low: low.start + first, high: high.start + first,
            table: table.map { unsafe UnsafePointer($0.start) })
    }
}

/// What a convolution of bytes leaves behind: bytes, or floats between two bounds.
enum QuantizedEnding {
    case bytes(ByteEnding)
    case floats(low: Float, high: Float)

    /// - Parameter int8x4 block: from which on the outputs and the lists are counted.
    func result(_ outputs: PlaneList, from block: Int = 0) -> QuantizedConvolution.Result {
        switch self {
        case .bytes(let ending):
            return unsafe .bytes(outputs.mutableInt8x4 + block, ending.result(from: 4 * block))
        case .floats(let low, let high):
            return unsafe .floats(outputs.outputs, count: outputs.count, low: low, high: high)
        }
    }
}

/// A convolution of bytes over all input channels: 1x1 with stride 1 without a window, else with one.
@safe final class QuantizedConvolutionStep: Step {
    private let kernels: KernelTable
    private let inputs: PlaneList
    private let outputs: PlaneList
    private let weights: QuantizedWeights
    private let ending: QuantizedEnding
    private let convolution: QuantizedConvolution
    private let pixels: Int
    private let window: (dense: DenseConvolution, scratch: PlaneList, padding: UInt32)?

    init(
        _ kernels: KernelTable, from inputs: PlaneList, to outputs: PlaneList, _ weights: QuantizedWeights,
        _ ending: QuantizedEnding, channels: Int, pixels: Int,
        window: (dense: DenseConvolution, scratch: PlaneList, padding: UInt32)?
    ) {
        self.kernels = kernels
        self.inputs = inputs
        self.outputs = outputs
        self.weights = weights
        self.ending = ending
        self.pixels = pixels
        self.window = window
        convolution = unsafe QuantizedConvolution(
            inputs: inputs.int8x4, depth: inputs.count, channels: channels,
            weights: weights.packed.start, bias: weights.bias.start, scale: weights.scale.start,
            result: ending.result(outputs))
    }

    func run(_ part: Part) {
        guard let window else {
            return part.split(pixels, grain: kernels.quantized.blockPixels) { _, range in
                kernels.quantized.convolvePixels(convolution, range.lowerBound, range.upperBound)
            }
        }
        part.split(window.dense.window.outputHeight) { worker, rows in
            unsafe window.dense.run(
                kernels, inputs: inputs.int8x4, padding: window.padding, outputs: convolution,
                rowBegin: rows.lowerBound, rowEnd: rows.upperBound, scratch: window.scratch[worker])
        }
    }
}

/// One window per channel, four channels at a time.
@safe final class QuantizedDepthwiseStep: Step {
    private let kernels: KernelTable
    private let inputs: PlaneList
    private let outputs: PlaneList
    private let weights: [QuantizedWeights]
    private let ending: ByteEnding
    private let convolutions: [QuantizedConvolution]
    private let dense: DenseConvolution
    private let scratch: PlaneList
    /// For each int8x4 block, the bytes that stand for 0.
    private let padding: [UInt32]

    init(
        _ kernels: KernelTable, from inputs: PlaneList, to outputs: PlaneList, _ weights: [QuantizedWeights],
        _ ending: ByteEnding, dense: DenseConvolution, scratch: PlaneList, padding: [UInt32]
    ) {
        self.kernels = kernels
        self.inputs = inputs
        self.outputs = outputs
        self.weights = weights
        self.ending = ending
        self.dense = dense
        self.scratch = scratch
        self.padding = padding
        convolutions = weights.indices.map { block in
            unsafe QuantizedConvolution(
                inputs: inputs.int8x4 + block, depth: 1, channels: 4, weights: weights[block].packed.start,
                bias: weights[block].bias.start, scale: weights[block].scale.start,
                result: QuantizedEnding.bytes(ending).result(outputs, from: block))
        }
    }

    func run(_ part: Part) {
        part.split(convolutions.count) { worker, range in
            for block in range {
                unsafe dense.run(
                    kernels, inputs: convolutions[block].inputs, padding: padding[block], outputs: convolutions[block],
                    rowBegin: 0, rowEnd: dense.window.outputHeight, scratch: scratch[worker])
            }
        }
    }
}
