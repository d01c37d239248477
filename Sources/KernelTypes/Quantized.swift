/// Four channels of 8-bit numbers side by side: byte j of word i is pixel i of channel j. One word is as large as a
/// float, so that a int8x4 block lies wherever a plane can, and whatever moves whole pixels (spreading, upsampling by copies)
/// serves both. `PlaneGuard` holds for int8x4 blocks as well.
package typealias Int8x4Plane = UnsafePointer<UInt32>
package typealias MutableInt8x4Plane = UnsafeMutablePointer<UInt32>

/// How 8-bit numbers stand for real ones: `real = scale * (byte - zeroPoint)`, bytes are unsigned.
/// https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
package struct ByteScale: Sendable, Hashable, BitwiseCopyable {
    /// Finite and above 0.
    package var scale: Float
    /// 0...255
    package var zeroPoint: Int32

    package init(scale: Float, zeroPoint: Int32) {
        self.scale = scale
        self.zeroPoint = zeroPoint
    }

    /// The nearest byte, ties to even.
    package func byte(_ real: Float) -> UInt8 {
        let place = (real / scale).rounded(.toNearestOrEven) + Float(zeroPoint)
        return place > 0 ? UInt8(min(place, 255)) : 0
    }

    package func real(_ byte: UInt8) -> Float { Float(Int32(byte) - zeroPoint) * scale }
}

/// A 1x1 convolution of 8-bit numbers, summed exactly in 32 bits:
///
/// `sum[m][i] = bias[m] + sum over k of weight[m][k] * byte[k][i]`, then either bytes (`ByteResult`) or floats:
/// `clamp(sum * scale[m])`.
///
/// Like `PointwiseConvolution` it serves any window, with one input pointer per tap: depthwise ones, too, four channels
/// at a time with weights that are zero off the diagonal.
package struct QuantizedConvolution {
    /// K int8x4 blocks.
    package var inputs: UnsafePointer<Int8x4Plane>
    /// K: how many int8x4 blocks are summed. `4 * K * 255 * 127` plus the bias must stay within 32 bits.
    package var depth: Int
    /// M: a multiple of 4.
    package var channels: Int
    /// As written by `QuantizedKernels.pack` of the *same* table.
    package var weights: UnsafePointer<UInt32>
    /// M numbers, filled up to a multiple of 8; adjusted by `QuantizedKernels.pack`.
    package var bias: UnsafePointer<Int32>
    /// M factors, filled up to a multiple of 8.
    package var scale: UnsafePointer<Float>
    package var result: Result

    /// For `convolveRows` only, in pixels, as in `PointwiseConvolution`.
    package var width = 0
    package var inputRowStep = 0
    package var outputRowStep = 0

    package enum Result {
        /// M / 4 int8x4 blocks.
        case bytes(UnsafePointer<MutableInt8x4Plane>, ByteResult)
        /// `count` planes, at most M: channels beyond are not written.
        case floats(UnsafePointer<MutablePlane>, count: Int, low: Float, high: Float)
    }

    package init(
        inputs: UnsafePointer<Int8x4Plane>, depth: Int, channels: Int, weights: UnsafePointer<UInt32>,
        bias: UnsafePointer<Int32>, scale: UnsafePointer<Float>, result: Result
    ) {
        self.inputs = inputs
        self.depth = depth
        self.channels = channels
        self.weights = weights
        self.bias = bias
        self.scale = scale
        self.result = result
    }
}

/// How sums become bytes; lists have an entry for each channel, filled up to a multiple of 8.
///
/// Without an activation (`.none`) `table[clamp(round(sum * scale + zeroPoint))]`, ties to even and rounded once, else
/// `table[clamp(round(activation(sum * scale) * factor + zeroPoint))]`.
package struct ByteResult {
    package var activation: Activation
    /// Read with an activation only.
    package var factor: UnsafePointer<Float>
    /// What leakyRelu reads in place of `activation.a`.
    package var slope: UnsafePointer<Float>
    /// 0...255 plus `magic`, as are the bounds.
    package var zeroPoint: UnsafePointer<Float>
    package var low: UnsafePointer<Float>
    package var high: UnsafePointer<Float>
    /// 256 bytes; nil for none.
    package var table: UnsafePointer<UInt8>?

    /// 1.5 * 2^23: numbers of up to 22 bits that are added to it are rounded to integers, ties to even, and end up in
    /// its low bits.
    package static var magic: Float { 12_582_912 }

    package init(
        activation: Activation, factor: UnsafePointer<Float>, slope: UnsafePointer<Float>,
        zeroPoint: UnsafePointer<Float>, low: UnsafePointer<Float>, high: UnsafePointer<Float>,
        table: UnsafePointer<UInt8>?
    ) {
        self.activation = activation
        self.factor = factor
        self.slope = slope
        self.zeroPoint = zeroPoint
        self.low = low
        self.high = high
        self.table = table
    }
}

/// `output = clamp(round(leftFactor * left + rightFactor * right + offset))` for bytes.
package struct QuantizedAddition: Sendable {
    package var leftFactor: Float
    package var rightFactor: Float
    package var offset: Float
    /// Bounds of the result, 0...255.
    package var low: Float
    package var high: Float

    /// Of real numbers: each input's scale over the result's, and the zero points taken together.
    package init(_ left: ByteScale, _ right: ByteScale, _ result: ByteScale, low: Float = 0, high: Float = 255) {
        leftFactor = left.scale / result.scale
        rightFactor = right.scale / result.scale
        offset =
            Float(result.zeroPoint) - leftFactor * Float(left.zeroPoint) - rightFactor * Float(right.zeroPoint)
        self.low = low
        self.high = high
    }
}

/// The kernels for 8-bit numbers of one instruction set. The rules of `KernelTable` hold.
package struct QuantizedKernels: Sendable {
    /// A good granularity, in pixels, for splitting `convolvePixels` between threads.
    package let blockPixels: Int

    /// (weights `[channels][depth][4]`, channels, depth in int8x4 blocks) -> words that `pack` needs for these weights;
    /// channels are filled up to whole blocks.
    package typealias PackedWords = @Sendable (UnsafePointer<Int8>, Int, Int) -> Int
    /// (weights, channels, depth, packed, bias): writes over zeros; `bias` is read and adjusted.
    package typealias Pack =
        @Sendable (
            UnsafePointer<Int8>, Int, Int, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<Int32>
        ) -> Void
    /// (convolution, begin, end): pixels `[begin, end)`.
    package typealias ConvolvePixels = @Sendable (QuantizedConvolution, Int, Int) -> Void
    /// (convolution, rowBegin, rowEnd)
    package typealias ConvolveRows = @Sendable (QuantizedConvolution, Int, Int) -> Void
    /// (four planes, their four scales, int8x4 block, begin, end)
    package typealias Quantize =
        @Sendable (
            UnsafePointer<Plane>, UnsafePointer<ByteScale>, MutableInt8x4Plane, Int, Int
        ) -> Void
    /// (int8x4 block, channel 0...3 of it, scale, plane, count)
    package typealias Dequantize = @Sendable (Int8x4Plane, Int, ByteScale, MutablePlane, Int) -> Void
    /// (source, table of 256, destination, count)
    package typealias LookUp = @Sendable (Int8x4Plane, UnsafePointer<UInt8>, MutableInt8x4Plane, Int) -> Void
    /// (left, right, addition, destination, count)
    package typealias Add = @Sendable (Int8x4Plane, Int8x4Plane, QuantizedAddition, MutableInt8x4Plane, Int) -> Void
    /// (taps, how many, destination, count): the largest byte of each place.
    package typealias Largest = @Sendable (UnsafePointer<Int8x4Plane>, Int, MutableInt8x4Plane, Int) -> Void
    /// (four int8x4 blocks, four channels of them 0...3, destination, count): one int8x4 block from channels of others.
    package typealias Gather =
        @Sendable (
            UnsafePointer<Int8x4Plane>, UnsafePointer<UInt8>, MutableInt8x4Plane, Int
        ) -> Void

    package let packedWords: PackedWords
    package let pack: Pack
    package let convolvePixels: ConvolvePixels
    package let convolveRows: ConvolveRows
    package let quantize: Quantize
    package let dequantize: Dequantize
    package let lookUp: LookUp
    package let add: Add
    package let largest: Largest
    package let gather: Gather

    package init(
        blockPixels: Int, packedWords: @escaping PackedWords, pack: @escaping Pack,
        convolvePixels: @escaping ConvolvePixels, convolveRows: @escaping ConvolveRows, quantize: @escaping Quantize,
        dequantize: @escaping Dequantize, lookUp: @escaping LookUp, add: @escaping Add, largest: @escaping Largest,
        gather: @escaping Gather
    ) {
        self.blockPixels = blockPixels
        self.packedWords = packedWords
        self.pack = pack
        self.convolvePixels = convolvePixels
        self.convolveRows = convolveRows
        self.quantize = quantize
        self.dequantize = dequantize
        self.lookUp = lookUp
        self.add = add
        self.largest = largest
        self.gather = gather
    }
}
