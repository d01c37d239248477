import KernelTypes
import Kernels

extension PlaneList {
    // SAFETY of both: pointers of one layout; a word of bytes has the size and alignment of a float.
    var quads: UnsafePointer<QuadPlane> {
        unsafe UnsafePointer(UnsafeRawPointer(outputs).assumingMemoryBound(to: QuadPlane.self))
    }
    var mutableQuads: UnsafePointer<MutableQuadPlane> {
        unsafe UnsafePointer(UnsafeRawPointer(outputs).assumingMemoryBound(to: MutableQuadPlane.self))
    }
}

/// Numbers that do not change, at one address.
@safe final class FixedList<Element: BitwiseCopyable> {
    let start: UnsafeMutablePointer<Element>
    let count: Int

    init(_ list: [Element]) {
        count = list.count
        unsafe start = .allocate(capacity: max(count, 1))
        for (index, element) in list.enumerated() { unsafe (start + index).initialize(to: element) }
    }

    deinit { unsafe start.deallocate() }
}

/// Floats to bytes, four planes to a quad.
@safe final class QuantizeStep: Step {
    private let kernels: QuantizedKernels
    private let from: PlaneList
    /// Four for each quad; where channels are missing, the last one again.
    private let fours: FixedList<Plane>
    private let scales: FixedList<ByteScale>
    private let to: PlaneList
    private let pixels: Int

    init(_ kernels: KernelTable, from: PlaneList, to: PlaneList, scales: [ByteScale], pixels: Int) {
        self.kernels = kernels.quantized
        self.from = from
        self.to = to
        self.pixels = pixels
        self.scales = FixedList((0..<4 * to.count).map { scales[min($0, scales.count - 1)] })
        unsafe fours = FixedList((0..<4 * to.count).map { unsafe from.inputs[min($0, from.count - 1)] })
    }

    func run(_ part: Part) {
        part.split(pixels, grain: 64) { _, range in
            for quad in 0..<to.count {
                unsafe kernels.quantize(
                    fours.start + 4 * quad, scales.start + 4 * quad, to.mutableQuads[quad], range.lowerBound,
                    range.upperBound)
            }
        }
    }
}

/// Bytes to floats.
@safe final class DequantizeStep: Step {
    struct Place {
        let quad: Int
        let lane: Int
        let scale: ByteScale
    }

    private let kernels: QuantizedKernels
    private let from: PlaneList
    private let places: [Place]
    private let to: PlaneList
    private let pixels: Int

    init(_ kernels: KernelTable, from: PlaneList, places: [Place], to: PlaneList, pixels: Int) {
        self.kernels = kernels.quantized
        self.from = from
        self.places = places
        self.to = to
        self.pixels = pixels
    }

    func run(_ part: Part) {
        part.split(places.count) { _, range in
            for index in range {
                let place = places[index]
                unsafe kernels.dequantize(from.quads[place.quad], place.lane, place.scale, to[index], pixels)
            }
        }
    }
}

/// Bytes by a table.
@safe final class LookUpStep: Step {
    private let kernels: QuantizedKernels
    private let from: PlaneList
    private let table: FixedList<UInt8>
    private let to: PlaneList
    private let pixels: Int

    init(_ kernels: KernelTable, from: PlaneList, table: [UInt8], to: PlaneList, pixels: Int) {
        self.kernels = kernels.quantized
        self.from = from
        self.table = FixedList(table)
        self.to = to
        self.pixels = pixels
    }

    func run(_ part: Part) {
        part.split(from.count) { _, range in
            for quad in range {
                unsafe kernels.lookUp(from.quads[quad], table.start, to.mutableQuads[quad], pixels)
            }
        }
    }
}

/// Channels that lie here and there, four to a quad.
@safe final class GatherQuadsStep: Step {
    private let kernels: QuantizedKernels
    private let from: PlaneList
    private let sources: FixedList<QuadPlane>
    private let lanes: FixedList<UInt8>
    private let to: PlaneList
    private let pixels: Int

    init(_ kernels: KernelTable, from: PlaneList, places: [(quad: Int, lane: UInt8)], to: PlaneList, pixels: Int) {
        self.kernels = kernels.quantized
        self.from = from
        self.to = to
        self.pixels = pixels
        // The last quad may have fewer channels: any will do for the rest.
        let filled = (0..<4 * to.count).map { places[min($0, places.count - 1)] }
        unsafe sources = FixedList(filled.map { unsafe from.quads[$0.quad] })
        lanes = FixedList(filled.map(\.lane))
    }

    func run(_ part: Part) {
        part.split(to.count) { _, range in
            for quad in range {
                unsafe kernels.gather(
                    sources.start + 4 * quad, lanes.start + 4 * quad, to.mutableQuads[quad], pixels)
            }
        }
    }
}

/// The sum of two tensors of bytes.
@safe final class AddQuadsStep: Step {
    private let kernels: QuantizedKernels
    private let left: PlaneList
    private let right: PlaneList
    private let to: PlaneList
    private let addition: QuantizedAddition
    private let pixels: Int

    init(
        _ kernels: KernelTable, left: PlaneList, right: PlaneList, to: PlaneList, addition: QuantizedAddition,
        pixels: Int
    ) {
        self.kernels = kernels.quantized
        self.left = left
        self.right = right
        self.to = to
        self.addition = addition
        self.pixels = pixels
    }

    func run(_ part: Part) {
        part.split(to.count) { _, range in
            for quad in range {
                unsafe kernels.add(left.quads[quad], right.quads[quad], addition, to.mutableQuads[quad], pixels)
            }
        }
    }
}

/// The largest byte under a window.
@safe final class LargestQuadsStep: Step {
    private let kernels: KernelTable
    private let from: PlaneList
    private let to: PlaneList
    private let scratch: PlaneList
    private let dense: DenseConvolution

    init(_ kernels: KernelTable, from: PlaneList, to: PlaneList, dense: DenseConvolution, scratch: PlaneList) {
        self.kernels = kernels
        self.from = from
        self.to = to
        self.scratch = scratch
        self.dense = dense
    }

    func run(_ part: Part) {
        part.split(to.count) { worker, range in
            for quad in range {
                unsafe dense.largest(
                    kernels, input: from.quads[quad], output: to.mutableQuads[quad], rowBegin: 0,
                    rowEnd: dense.window.outputHeight, scratch: scratch[worker])
            }
        }
    }
}

/// Packed 8-bit weights with their biases and factors.
@safe final class QuantizedWeights {
    let packed: FixedList<UInt32>
    let bias: FixedList<Int32>
    let scale: FixedList<Float>

    /// - Parameters:
    ///   - weights: `[channels][depth][4]`, `channels` a multiple of 4.
    ///   - bias: at the scale of the sums, one for each channel; so is `scale`.
    init(_ kernels: KernelTable, weights: [Int8], bias: [Int32], scale: [Float], depth: Int) {
        let channels = bias.count, missing = (channels + 7) / 8 * 8 - channels
        self.bias = FixedList(bias + [Int32](repeating: 0, count: missing))
        self.scale = FixedList(scale + [Float](repeating: 0, count: missing))
        packed = FixedList([UInt32](repeating: 0, count: kernels.quantized.packedWords(channels, depth)))
        unsafe weights.withUnsafeBufferPointer { weights in
            guard let start = weights.baseAddress else { return }
            unsafe kernels.quantized.pack(start, channels, depth, packed.start, self.bias.start)
        }
    }

    var words: Int { packed.count + bias.count + scale.count }
}

/// How the sums of some channels become bytes.
struct ByteRule {
    /// Of the real number, after the activation.
    var scale: ByteScale
    var low: UInt8
    var high: UInt8

    /// For a channel that only fills up the last four.
    static let nothing = ByteRule(scale: ByteScale(scale: 1, zeroPoint: 0), low: 0, high: 0)
}

/// The same at fixed addresses.
@safe final class ByteEnding {
    private let activation: Activation
    private let factor: FixedList<Float>
    private let zeroPoint: FixedList<Float>
    private let low: FixedList<Float>
    private let high: FixedList<Float>
    private let table: FixedList<UInt8>?

    init(_ rules: [ByteRule], activation: Activation, table: [UInt8]?) {
        let filled = rules + [ByteRule](repeating: .nothing, count: (rules.count + 7) / 8 * 8 - rules.count)
        self.activation = activation
        factor = FixedList(filled.map { 1 / $0.scale.scale })
        zeroPoint = FixedList(filled.map { ByteResult.magic + Float($0.scale.zeroPoint) })
        low = FixedList(filled.map { ByteResult.magic + Float($0.low) })
        high = FixedList(filled.map { ByteResult.magic + Float($0.high) })
        self.table = table.map { FixedList($0) }
    }

    /// - Parameter first: the channel from which on the lists are read.
    func result(from first: Int) -> ByteResult {
        unsafe ByteResult(
            activation: activation, factor: factor.start + first, zeroPoint: zeroPoint.start + first,
            low: low.start + first, high: high.start + first, table: table.map { unsafe UnsafePointer($0.start) })
    }
}

/// What a convolution of bytes leaves behind: bytes, or floats between two bounds.
enum QuantizedEnding {
    case bytes(ByteEnding)
    case floats(low: Float, high: Float)

    /// - Parameter quad: from which on the outputs and the lists are counted.
    func result(_ outputs: PlaneList, from quad: Int = 0) -> QuantizedConvolution.Result {
        switch self {
        case .bytes(let ending):
            return unsafe .bytes(outputs.mutableQuads + quad, ending.result(from: 4 * quad))
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
            inputs: inputs.quads, depth: inputs.count, channels: channels,
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
                kernels, inputs: inputs.quads, padding: window.padding, outputs: convolution,
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
    /// For each quad, the bytes that stand for 0.
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
        convolutions = weights.indices.map { quad in
            unsafe QuantizedConvolution(
                inputs: inputs.quads + quad, depth: 1, channels: 4, weights: weights[quad].packed.start,
                bias: weights[quad].bias.start, scale: weights[quad].scale.start,
                result: QuantizedEnding.bytes(ending).result(outputs, from: quad))
        }
    }

    func run(_ part: Part) {
        part.split(convolutions.count) { worker, range in
            for quad in range {
                unsafe dense.run(
                    kernels, inputs: convolutions[quad].inputs, padding: padding[quad], outputs: convolutions[quad],
                    rowBegin: 0, rowEnd: dense.window.outputHeight, scratch: scratch[worker])
            }
        }
    }
}
