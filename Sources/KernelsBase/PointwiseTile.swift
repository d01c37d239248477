import KernelTypes

// A tile is `blockChannels` rows by up to three vectors of pixels, all in registers:
// AVX-512 8 x 3 of 32 registers, NEON 8 x 3 of 32, AVX2 4 x 3 of 16, SSE 4 x 2 of 16.
#if KERNELS_V4 || arch(arm64)
let blockChannels = 8
#else
let blockChannels = 4
#endif
#if arch(x86_64) && !KERNELS_V3 && !KERNELS_V4
let tileColumns = 2
#else
let tileColumns = 3
#endif

/// Up to three vectors of pixels; how many is a constant wherever this is inlined, and the rest vanishes.
struct TileRow {
    var a, b, c: Vector

    @inline(always) init(_ x: Float) {
        a = splat(x)
        b = a
        c = a
    }

    @inline(always) init(loading p: Plane, _ columns: Int) {
        a = load(p)
        b = columns > 1 ? load(p + lanes) : a
        c = columns > 2 ? load(p + 2 * lanes) : a
    }

    @inline(always) mutating func add(_ x: TileRow, times weight: Float, _ columns: Int) {
        let w = splat(weight)
        a = multiplyAdd(w, x.a, a)
        if columns > 1 { b = multiplyAdd(w, x.b, b) }
        if columns > 2 { c = multiplyAdd(w, x.c, c) }
    }

    @inline(always) mutating func add(_ p: Plane, _ columns: Int) {
        add(TileRow(loading: p, columns), times: 1, columns)
    }

    @inline(always) func put(_ p: MutablePlane, _ low: Vector, _ high: Vector, _ columns: Int) {
        store(smaller(larger(a, low), high), p)
        if columns > 1 { store(smaller(larger(b, low), high), p + lanes) }
        if columns > 2 { store(smaller(larger(c, low), high), p + 2 * lanes) }
    }
}

/// What one tile needs; `outputs`, `initial` and `bias` already point at the block's first channel.
struct Tile {
    var inputs: UnsafePointer<Plane>
    var depth: Int
    var weights: UnsafePointer<Float>
    var bias: UnsafePointer<Float>
    var initial: UnsafePointer<Plane>?
    var outputs: UnsafePointer<MutablePlane>
    var low: Float
    var high: Float

    /// Of the first block.
    @inline(always) init(_ convolution: PointwiseConvolution) {
        let clamps = convolution.activation.isClamp
        inputs = convolution.inputs
        depth = convolution.depth
        weights = convolution.weights
        bias = convolution.bias
        initial = convolution.initial
        outputs = convolution.outputs
        low = clamps ? convolution.activation.a : -.infinity
        high = clamps ? convolution.activation.b : .infinity
    }
}

/// `rows` is a constant wherever this is inlined: a whole block, or four.
@inline(always) func runTile(
    _ tile: Tile, _ rows: Int, _ columns: Int, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int
) {
    let bias = tile.bias
    var r0 = TileRow(bias[0])
    var r1 = TileRow(bias[1])
    var r2 = TileRow(bias[2])
    var r3 = TileRow(bias[3])
    #if KERNELS_V4 || arch(arm64)
    var r4 = TileRow(rows > 4 ? bias[4] : 0)
    var r5 = TileRow(rows > 4 ? bias[5] : 0)
    var r6 = TileRow(rows > 4 ? bias[6] : 0)
    var r7 = TileRow(rows > 4 ? bias[7] : 0)
    #endif
    if let initial = tile.initial {
        r0.add(initial[0] + initialOffset, columns)
        r1.add(initial[1] + initialOffset, columns)
        r2.add(initial[2] + initialOffset, columns)
        r3.add(initial[3] + initialOffset, columns)
        #if KERNELS_V4 || arch(arm64)
        if rows > 4 {
            r4.add(initial[4] + initialOffset, columns)
            r5.add(initial[5] + initialOffset, columns)
            r6.add(initial[6] + initialOffset, columns)
            r7.add(initial[7] + initialOffset, columns)
        }
        #endif
    }
    var w = tile.weights
    for k in 0..<tile.depth {
        let x = TileRow(loading: tile.inputs[k] + inputOffset, columns)
        r0.add(x, times: w[0], columns)
        r1.add(x, times: w[1], columns)
        r2.add(x, times: w[2], columns)
        r3.add(x, times: w[3], columns)
        #if KERNELS_V4 || arch(arm64)
        if rows > 4 {
            r4.add(x, times: w[4], columns)
            r5.add(x, times: w[5], columns)
            r6.add(x, times: w[6], columns)
            r7.add(x, times: w[7], columns)
        }
        #endif
        w += blockChannels
    }
    let low = splat(tile.low), high = splat(tile.high), outputs = tile.outputs
    r0.put(outputs[0] + outputOffset, low, high, columns)
    r1.put(outputs[1] + outputOffset, low, high, columns)
    r2.put(outputs[2] + outputOffset, low, high, columns)
    r3.put(outputs[3] + outputOffset, low, high, columns)
    #if KERNELS_V4 || arch(arm64)
    if rows > 4 {
        r4.put(outputs[4] + outputOffset, low, high, columns)
        r5.put(outputs[5] + outputOffset, low, high, columns)
        r6.put(outputs[6] + outputOffset, low, high, columns)
        r7.put(outputs[7] + outputOffset, low, high, columns)
    }
    #endif
}

@inline(never) func tile1(_ tile: Tile, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int) {
    runTile(tile, blockChannels, 1, inputOffset, initialOffset, outputOffset)
}

@inline(never) func tile2(_ tile: Tile, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int) {
    runTile(tile, blockChannels, 2, inputOffset, initialOffset, outputOffset)
}

@inline(never) func tile3(_ tile: Tile, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int) {
    runTile(tile, blockChannels, 3, inputOffset, initialOffset, outputOffset)
}

#if KERNELS_V4 || arch(arm64)
// For the last block when it has four channels or fewer.

@inline(never) func tile1Half(_ tile: Tile, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int) {
    runTile(tile, 4, 1, inputOffset, initialOffset, outputOffset)
}

@inline(never) func tile2Half(_ tile: Tile, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int) {
    runTile(tile, 4, 2, inputOffset, initialOffset, outputOffset)
}

@inline(never) func tile3Half(_ tile: Tile, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int) {
    runTile(tile, 4, 3, inputOffset, initialOffset, outputOffset)
}
#endif
