import KernelTypes

// The last pixels of a run, when they are too few for a vector: vectors are channels here, as the packed weights have them, and each
// pixel's number is one for all lanes. A vector of pixels that is a quarter full or less would cost more.
//
// Eight sums go on at once, so that each has time to become ready: of one pixel and eight blocks of channels, of two and four, or of
// four and two. Each sum takes its inputs in order, as a tile does: results are the same on every processor.
#if KERNELS_V4 || arch(arm64)
typealias BlockVector = SIMD8<Float>
#else
typealias BlockVector = SIMD4<Float>
#endif

/// How many of the last pixels go this way: those that are left over by whole vectors, when they are few.
@inline(always) func leftPixels(_ count: Int) -> Int {
    let left = count % lanes
    return 4 * left <= lanes && count > lanes ? left : 0
}

/// How many channels belong to the blocks that are computed at once for so many pixels.
@inline(always) func channelsTogether(_ pixels: Int) -> Int { (pixels > 2 ? 2 : 8 / max(pixels, 1)) * blockChannels }

/// Up to four pixels that lie side by side, of all channels.
@inline(never) func convolveLeft(
    _ convolution: PointwiseConvolution, _ inputOffset: Int, _ outputOffset: Int, _ pixels: Int
) {
    var tile = LeftTile(convolution, step: blockChannels * convolution.depth)
    while tile.channel < convolution.channels {
        tile.run(convolution, inputOffset, outputOffset, pixels)
        tile.advance(channelsTogether(pixels))
    }
}

/// The left pixels of some blocks of channels, which begin at `channel`.
struct LeftTile {
    private let inputs: UnsafePointer<Plane>
    private let depth: Int
    private var weights: UnsafePointer<Float>
    /// Floats from the weights of a block to those of the next.
    private let step: Int
    private let low: Float
    private let high: Float
    /// Whether sums begin with the biases, not with zeros.
    private let hasBias: Bool
    private(set) var channel = 0

    @inline(always) init(_ convolution: PointwiseConvolution, step: Int, hasBias: Bool = true) {
        let clamps = convolution.activation.isClamp
        inputs = convolution.inputs
        depth = convolution.depth
        weights = convolution.weights
        self.step = step
        low = clamps ? convolution.activation.a : -.infinity
        high = clamps ? convolution.activation.b : .infinity
        self.hasBias = hasBias
    }

    /// - Parameter channels: whole blocks.
    @inline(always) mutating func advance(_ channels: Int) {
        weights += channels / blockChannels * step
        channel += channels
    }

    @inline(always) func run(
        _ convolution: PointwiseConvolution, _ inputOffset: Int, _ outputOffset: Int, _ pixels: Int
    ) {
        let end = min(channel + channelsTogether(pixels), convolution.channels)
        var scratch = SIMD64<Float>()
        withUnsafeMutableBytes(of: &scratch) { bytes in
            guard let sums = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
            let width = pixels > 2 ? 4 : pixels
            begin(sums, convolution, end, outputOffset, pixels, width)
            let last = (convolution.channels - channel - 1) / blockChannels
            switch pixels {
            case 1: sumUp1(self, last, inputOffset, sums)
            case 2: sumUp2(self, last, inputOffset, sums)
            default: sumUp4(self, last, inputOffset, sums)
            }
            put(sums, convolution, end, outputOffset, pixels, width)
        }
        guard !convolution.activation.isClamp || convolution.residual != nil else { return }
        var first = channel
        while first < end {
            finish(convolution, first, min(blockChannels, end - first), outputOffset, pixels)
            first += blockChannels
        }
    }

    /// Where the sum of a channel and a pixel is. Sum number i is of pixel `i % width` and of block `i / width`.
    @inline(always) private func place(_ row: Int, _ pixel: Int, _ width: Int) -> Int {
        (row / blockChannels * width + pixel) * blockChannels + row % blockChannels
    }

    @inline(always) private func begin(
        _ sums: UnsafeMutablePointer<Float>, _ convolution: PointwiseConvolution, _ end: Int, _ offset: Int,
        _ pixels: Int, _ width: Int
    ) {
        for row in 0..<end - channel {
            for pixel in 0..<pixels {
                var sum = hasBias ? convolution.bias[channel + row] : 0
                if let initial = convolution.initial { sum += initial[channel + row][offset + pixel] }
                sums[place(row, pixel, width)] = sum
            }
        }
    }

    @inline(always) private func put(
        _ sums: UnsafeMutablePointer<Float>, _ convolution: PointwiseConvolution, _ end: Int, _ offset: Int,
        _ pixels: Int, _ width: Int
    ) {
        for row in 0..<end - channel {
            let output = convolution.outputs[channel + row] + offset
            for pixel in 0..<pixels { output[pixel] = min(max(sums[place(row, pixel, width)], low), high) }
        }
    }

    /// - Parameters:
    ///   - width: 1, 2 or 4 pixels are computed, a constant wherever this is inlined.
    ///   - last: the last block that exists. One behind it is computed as the last, and not written.
    ///   - sums: eight vectors.
    @inline(always) fileprivate func sumUp(
        _ width: Int, _ last: Int, _ inputOffset: Int, _ sums: UnsafeMutablePointer<Float>
    ) {
        let w1 = offset(1 / width, last), w2 = offset(2 / width, last), w3 = offset(3 / width, last)
        let w4 = offset(4 / width, last), w5 = offset(5 / width, last), w6 = offset(6 / width, last)
        let w7 = offset(7 / width, last)
        var a = loadBlock(sums), b = loadBlock(sums + blockChannels)
        var c = loadBlock(sums + 2 * blockChannels), d = loadBlock(sums + 3 * blockChannels)
        var e = loadBlock(sums + 4 * blockChannels), f = loadBlock(sums + 5 * blockChannels)
        var g = loadBlock(sums + 6 * blockChannels), h = loadBlock(sums + 7 * blockChannels)
        var w = weights
        var k = 0
        while k < depth {
            let x = inputs[k] + inputOffset
            addPixel(&a, w, x[0])
            addPixel(&b, w + w1, x[1 % width])
            addPixel(&c, w + w2, x[2 % width])
            addPixel(&d, w + w3, x[3 % width])
            addPixel(&e, w + w4, x[4 % width])
            addPixel(&f, w + w5, x[5 % width])
            addPixel(&g, w + w6, x[6 % width])
            addPixel(&h, w + w7, x[7 % width])
            k += 1
            w += blockChannels
        }
        storeBlock(a, sums)
        storeBlock(b, sums + blockChannels)
        storeBlock(c, sums + 2 * blockChannels)
        storeBlock(d, sums + 3 * blockChannels)
        storeBlock(e, sums + 4 * blockChannels)
        storeBlock(f, sums + 5 * blockChannels)
        storeBlock(g, sums + 6 * blockChannels)
        storeBlock(h, sums + 7 * blockChannels)
    }

    /// Floats from the weights of the first block to those of another.
    @inline(always) private func offset(_ block: Int, _ last: Int) -> Int { block == 0 ? 0 : min(block, last) * step }
}

// Functions of their own, so that the eight sums have the registers for themselves.

@inline(never) func sumUp1(_ tile: LeftTile, _ last: Int, _ inputOffset: Int, _ sums: UnsafeMutablePointer<Float>) {
    tile.sumUp(1, last, inputOffset, sums)
}

@inline(never) func sumUp2(_ tile: LeftTile, _ last: Int, _ inputOffset: Int, _ sums: UnsafeMutablePointer<Float>) {
    tile.sumUp(2, last, inputOffset, sums)
}

@inline(never) func sumUp4(_ tile: LeftTile, _ last: Int, _ inputOffset: Int, _ sums: UnsafeMutablePointer<Float>) {
    tile.sumUp(4, last, inputOffset, sums)
}

@inline(always) func loadBlock(_ from: UnsafePointer<Float>) -> BlockVector {
    UnsafeRawPointer(from).loadUnaligned(as: BlockVector.self)
}

@inline(always) func storeBlock(_ sums: BlockVector, _ to: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(to).storeBytes(of: sums, as: BlockVector.self)
}

@inline(always) func addPixel(_ sum: inout BlockVector, _ weights: UnsafePointer<Float>, _ x: Float) {
    #if arch(x86_64) && !KERNELS_V3 && !KERNELS_V4
    sum += loadBlock(weights) * x
    #else
    sum.addProduct(loadBlock(weights), BlockVector(repeating: x))
    #endif
}
