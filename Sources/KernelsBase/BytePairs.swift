import CKernels
import KernelTypes

// NEON without its dot product (Cortex-A53 and A72) has no instruction that multiplies and sums four bytes. smull and smlal
// sum a product of one input and one of the next in 16 bits, which sadalp adds in pairs to 32 bits: 6 instructions for 32
// products of signed bytes. Only twice -128 * -128 does not fit into 16 bits: where the weights of both inputs are -128, the
// second's word is packed apart, at the end of the block, and summed after all others.
// AVX2's vpmaddubsw would do the same for bytes of 0 to 255, but a quarter of the sums of trained weights do not fit there.
#if arch(arm64) && !KERNELS_DOT

/// Four channels times four pixels: eight registers of sums. With twice as many channels or pixels the compiler no longer keeps
/// all sums in registers.
@inline(never) func bytePairTile(_ tile: QuantizedTile, _ inputOffset: Int) {
    let block = WeightBlock(start: tile.weights, depth: tile.depth)
    var r0 = PairSum()
    var r1 = PairSum()
    var r2 = PairSum()
    var r3 = PairSum()
    let step = WeightBlock.wordsPerRow
    var w = block.pairs, k = 0
    while k < tile.depth {
        let x = SignedInput(tile.inputs[k] + inputOffset)
        let next = SignedInput(tile.inputs[min(k + 1, tile.depth - 1)] + inputOffset)
        r0.add(x, next, w)
        r1.add(x, next, w + step)
        r2.add(x, next, w + 2 * step)
        r3.add(x, next, w + 3 * step)
        w += WeightBlock.wordsPerPair
        k += 2
    }
    if block.hasApart {
        r0.addApart(tile, block.apartCount(0), &w, inputOffset)
        r1.addApart(tile, block.apartCount(1), &w, inputOffset)
        r2.addApart(tile, block.apartCount(2), &w, inputOffset)
        r3.addApart(tile, block.apartCount(3), &w, inputOffset)
    }
    r0.put(tile.bias[0], tile.sums)
    r1.put(tile.bias[1], tile.sums + sumRowStep)
    r2.put(tile.bias[2], tile.sums + 2 * sumRowStep)
    r3.put(tile.bias[3], tile.sums + 3 * sumRowStep)
}

/// The sums of one channel in four pixels, those of a pixel's first and second two bytes apart.
private struct PairSum {
    private var low = splatWord(0)
    private var high = splatWord(0)

    @inline(always) init() {}

    @inline(always) mutating func add(_ x: SignedInput, _ next: SignedInput, _ weights: UnsafePointer<UInt32>) {
        let first = twoPixels(weights), second = twoPixels(weights + 2)
        low = CKernels_addPairs(low, CKernels_products(x.low, first, next.low, second))
        high = CKernels_addPairs(high, CKernels_products(x.high, first, next.high, second))
    }

    /// What was packed apart for this channel, from `next` on.
    @inline(always) mutating func addApart(
        _ tile: QuantizedTile, _ count: Int, _ next: inout UnsafePointer<UInt32>, _ inputOffset: Int
    ) {
        for _ in 0..<count {
            let apart = ApartWord(next, tile, inputOffset)
            low = CKernels_addPairs(low, CKernels_product(apart.input.low, apart.weights))
            high = CKernels_addPairs(high, CKernels_product(apart.input.high, apart.weights))
            next += WeightBlock.wordsPerApart
        }
    }

    @inline(always) func put(_ bias: Int32, _ sums: UnsafeMutablePointer<Int32>) {
        let whole = CKernels_pairSums(low, high) &+ splatWord(bias)
        UnsafeMutableRawPointer(sums).storeBytes(of: whole, as: IntVector.self)
    }
}

/// Four channels of a depthwise convolution times four pixels: each byte has one weight, and a pixel's four sums lie side by side
/// until the end.
@inline(never) func depthwiseBytePairTile(_ tile: QuantizedTile, _ inputOffset: Int) {
    let block = WeightBlock(start: tile.weights, depth: tile.depth)
    let bias = UnsafeRawPointer(tile.bias).loadUnaligned(as: IntVector.self)
    var p0 = bias, p1 = bias, p2 = bias, p3 = bias
    var w = block.pairs, k = 0
    while k < tile.depth {
        let x = SignedInput(tile.inputs[k] + inputOffset)
        let next = SignedInput(tile.inputs[min(k + 1, tile.depth - 1)] + inputOffset)
        let first = twoPixels(w), second = twoPixels(w + 2)
        let low = CKernels_products(x.low, first, next.low, second)
        let high = CKernels_products(x.high, first, next.high, second)
        p0 = CKernels_addLow(p0, low)
        p1 = CKernels_addHigh(p1, low)
        p2 = CKernels_addLow(p2, high)
        p3 = CKernels_addHigh(p3, high)
        w += WeightBlock.wordsPerRow
        k += 2
    }
    for _ in 0..<block.apartCount(0) {
        let apart = ApartWord(w, tile, inputOffset)
        let low = CKernels_product(apart.input.low, apart.weights)
        let high = CKernels_product(apart.input.high, apart.weights)
        p0 = CKernels_addLow(p0, low)
        p1 = CKernels_addHigh(p1, low)
        p2 = CKernels_addLow(p2, high)
        p3 = CKernels_addHigh(p3, high)
        w += WeightBlock.wordsPerApart
    }
    CKernels_storeTransposed4(p0, p1, p2, p3, tile.sums, sumRowStep)
}

@inline(always) func pickQuantizedTile(_ tile: QuantizedTile, _ rows: Int, _ columns: Int, _ input: Int) {
    WeightBlock(start: tile.weights, depth: tile.depth).isDepthwise
        ? depthwiseBytePairTile(tile, input) : bytePairTile(tile, input)
}

/// Four pixels, two in each half, of bytes less 128, which `packQuantized` makes up for in the bias.
private struct SignedInput {
    let low: SIMD8<Int8>
    let high: SIMD8<Int8>

    @inline(always) init(_ p: Int8x4Plane) {
        let bytes = UnsafeRawPointer(p), sign = SIMD8<Int8>(repeating: -128)
        low = bytes.loadUnaligned(as: SIMD8<Int8>.self) ^ sign
        high = bytes.loadUnaligned(fromByteOffset: 8, as: SIMD8<Int8>.self) ^ sign
    }
}

/// Weights for two pixels.
@inline(always) private func twoPixels(_ weights: UnsafePointer<UInt32>) -> SIMD8<Int8> {
    UnsafeRawPointer(weights).loadUnaligned(as: SIMD8<Int8>.self)
}

/// A word that was packed apart, and its input.
private struct ApartWord {
    let input: SignedInput
    let weights: SIMD8<Int8>

    @inline(always) init(_ packed: UnsafePointer<UInt32>, _ tile: QuantizedTile, _ inputOffset: Int) {
        input = SignedInput(tile.inputs[Int(packed[0])] + inputOffset)
        weights = unsafeBitCast(SIMD2(repeating: packed[1]), to: SIMD8<Int8>.self)
    }
}

#endif
