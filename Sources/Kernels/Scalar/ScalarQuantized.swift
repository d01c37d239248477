// The plain twins of the kernels for 8-bit numbers.

@Sendable func scalarPackedWords(_ weights: UnsafePointer<Int8>, _ channels: Int, _ depth: Int) -> Int {
    channels * depth
}

@Sendable func scalarPackQuantized(
    _ weights: UnsafePointer<Int8>, _ channels: Int, _ depth: Int, _ packed: UnsafeMutablePointer<UInt32>,
    _ bias: UnsafeMutablePointer<Int32>
) {
    for i in 0..<(channels * depth) {
        packed[i] = block { UInt8(bitPattern: weights[4 * i + $0]) }
    }
}

/// A word of four bytes.
@inline(__always) func block(_ byte: (Int) -> UInt8) -> UInt32 {
    UInt32(byte(0)) | UInt32(byte(1)) << 8 | UInt32(byte(2)) << 16 | UInt32(byte(3)) << 24
}

@inline(__always) func byte(_ word: UInt32, _ channel: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: word >> (8 * channel))
}

@Sendable func scalarConvolveQuantizedPixels(_ convolution: QuantizedConvolution, _ begin: Int, _ end: Int) {
    for pixel in begin..<max(begin, end) { scalarQuantizedPixel(convolution, pixel, pixel) }
}

@Sendable func scalarConvolveQuantizedRows(_ convolution: QuantizedConvolution, _ rowBegin: Int, _ rowEnd: Int) {
    for row in rowBegin..<max(rowBegin, rowEnd) {
        for x in 0..<convolution.width {
            scalarQuantizedPixel(
                convolution, row * convolution.inputRowStep + x, row * convolution.outputRowStep + x)
        }
    }
}

func scalarQuantizedPixel(_ convolution: QuantizedConvolution, _ input: Int, _ output: Int) {
    for m in 0..<convolution.channels {
        var sum = convolution.bias[m]
        for k in 0..<convolution.depth {
            let word = convolution.inputs[k][input], weight = convolution.weights[m * convolution.depth + k]
            for j in 0..<4 { sum += Int32(byte(word, j)) * Int32(Int8(bitPattern: byte(weight, j))) }
        }
        switch convolution.result {
        case .floats(let planes, let count, let low, let high):
            guard m < count else { return }
            let real = Float(sum) * convolution.scale[m]
            planes[m][output] = real < low ? low : real > high ? high : real
        case .bytes(let blocks, let ending):
            // Exact in a Double, so that it is rounded once.
            var exact = Double(Float(sum)) * Double(convolution.scale[m])
            if ending.activation.kind != .clamp {
                let ended = scalarActivation(ending.activation, ending.slope, channel: m, Float(exact))
                exact = Double(ended) * Double(ending.factor[m])
            }
            let magic = ByteResult.magic
            let result = scalarByte(
                exact + Double(ending.zeroPoint[m] - magic), ending.low[m] - magic, ending.high[m] - magic)
            let looked = ending.table.map { $0[Int(result)] } ?? result
            let shift = UInt32(8 * (m % 4))
            let kept = blocks[m / 4][output] & ~(0xFF << shift)
            blocks[m / 4][output] = kept | UInt32(looked) << shift
        }
    }
}

func scalarByte(_ x: Double, _ low: Float, _ high: Float) -> UInt8 {
    let rounded = x.rounded(.toNearestOrEven)
    return rounded > Double(low) ? UInt8(min(rounded, Double(high))) : UInt8(low)
}

@Sendable func scalarQuantize(
    _ planes: UnsafePointer<Plane>, _ scales: UnsafePointer<ByteScale>, _ destination: MutableInt8x4Plane, _ begin: Int,
    _ end: Int
) {
    for i in begin..<max(begin, end) { destination[i] = block { scales[$0].byte(planes[$0][i]) } }
}

@Sendable func scalarDequantize(
    _ source: Int8x4Plane, _ channel: Int, _ scale: ByteScale, _ destination: MutablePlane, _ count: Int
) {
    for i in 0..<count { destination[i] = scale.real(byte(source[i], channel)) }
}

@Sendable func scalarLookUp(
    _ source: Int8x4Plane, _ table: UnsafePointer<UInt8>, _ destination: MutableInt8x4Plane, _ count: Int
) {
    for i in 0..<count {
        let word = source[i]
        destination[i] = block { table[Int(byte(word, $0))] }
    }
}

@Sendable func scalarAddQuantized(
    _ left: Int8x4Plane, _ right: Int8x4Plane, _ addition: QuantizedAddition, _ destination: MutableInt8x4Plane,
    _ count: Int
) {
    for i in 0..<count {
        let a = left[i], b = right[i]
        destination[i] = block {
            let real =
                Float(byte(a, $0)) * addition.leftFactor
                + (Float(byte(b, $0)) * addition.rightFactor + addition.offset)
            return scalarByte(Double(real), addition.low, addition.high)
        }
    }
}

@Sendable func scalarLargest(
    _ taps: UnsafePointer<Int8x4Plane>, _ tapCount: Int, _ destination: MutableInt8x4Plane, _ count: Int
) {
    for i in 0..<count {
        destination[i] = block { channel in
            var largest: UInt8 = 0
            for tap in 0..<tapCount { largest = max(largest, byte(taps[tap][i], channel)) }
            return largest
        }
    }
}

@Sendable func scalarGather(
    _ blocks: UnsafePointer<Int8x4Plane>, _ channels: UnsafePointer<UInt8>, _ destination: MutableInt8x4Plane,
    _ count: Int
) {
    for i in 0..<count { destination[i] = block { byte(blocks[$0][i], Int(channels[$0])) } }
}

func scalarQuantizedKernels() -> QuantizedKernels {
    QuantizedKernels(
        blockPixels: 1, packedWords: scalarPackedWords, pack: scalarPackQuantized,
        convolvePixels: scalarConvolveQuantizedPixels, convolveRows: scalarConvolveQuantizedRows,
        quantize: scalarQuantize, dequantize: scalarDequantize, lookUp: scalarLookUp, add: scalarAddQuantized,
        largest: scalarLargest, gather: scalarGather)
}
