import CKernels
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
        store(clamped(a, low, high), p)
        if columns > 1 { store(clamped(b, low, high), p + lanes) }
        if columns > 2 { store(clamped(c, low, high), p + 2 * lanes) }
    }
}

/// What one tile needs; `outputs`, `initial` and `bias` already point at the block's first channel.
struct Tile {
    var inputs: UnsafePointer<Plane>
    var depth: Int
    var weights: UnsafePointer<Float>
    /// Floats from these weights to those that are needed next, which are fetched meanwhile: they come from far, in pieces that are
    /// too short for the processor to see where they go on.
    var nextWeights: Int
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
        nextWeights = blockChannels * convolution.depth
        bias = convolution.bias
        initial = convolution.initial
        outputs = convolution.outputs
        low = clamps ? convolution.activation.a : -.infinity
        high = clamps ? convolution.activation.b : .infinity
    }
}

/// The weights of one input for a block of channels. On arm64 two loads bring all of them, and multiplications take single lanes.
struct BlockWeights {
    #if arch(arm64)
    private let low, high: Vector
    #else
    private let at: UnsafePointer<Float>
    #endif

    @inline(always) init(_ at: UnsafePointer<Float>, _ rows: Int) {
        #if arch(arm64)
        low = load(at)
        high = rows > 4 ? load(at + 4) : low
        #else
        self.at = at
        #endif
    }

    /// - Parameter row: a constant wherever this is inlined.
    @inline(always) subscript(_ row: Int) -> Float {
        #if arch(arm64)
        row < 4 ? low[row] : high[row - 4]
        #else
        at[row]
        #endif
    }
}

/// The sums of a tile. `rows` is a constant wherever this is inlined: a whole block, or four.
struct TileSums {
    var r0, r1, r2, r3: TileRow
    #if KERNELS_V4 || arch(arm64)
    var r4, r5, r6, r7: TileRow
    #endif

    @inline(always) init(_ bias: UnsafePointer<Float>, _ rows: Int) {
        r0 = TileRow(bias[0])
        r1 = TileRow(bias[1])
        r2 = TileRow(bias[2])
        r3 = TileRow(bias[3])
        #if KERNELS_V4 || arch(arm64)
        r4 = TileRow(rows > 4 ? bias[4] : 0)
        r5 = TileRow(rows > 4 ? bias[5] : 0)
        r6 = TileRow(rows > 4 ? bias[6] : 0)
        r7 = TileRow(rows > 4 ? bias[7] : 0)
        #endif
    }

    @inline(always) mutating func add(_ initial: UnsafePointer<Plane>, _ offset: Int, _ rows: Int, _ columns: Int) {
        r0.add(initial[0] + offset, columns)
        r1.add(initial[1] + offset, columns)
        r2.add(initial[2] + offset, columns)
        r3.add(initial[3] + offset, columns)
        #if KERNELS_V4 || arch(arm64)
        if rows > 4 {
            r4.add(initial[4] + offset, columns)
            r5.add(initial[5] + offset, columns)
            r6.add(initial[6] + offset, columns)
            r7.add(initial[7] + offset, columns)
        }
        #endif
    }

    /// One input of all channels.
    @inline(always) mutating func add(_ input: Plane, times w: UnsafePointer<Float>, _ rows: Int, _ columns: Int) {
        let x = TileRow(loading: input, columns), w = BlockWeights(w, rows)
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
    }

    @inline(always) func put(_ tile: Tile, _ offset: Int, _ rows: Int, _ columns: Int) {
        let low = splat(tile.low), high = splat(tile.high), outputs = tile.outputs
        r0.put(outputs[0] + offset, low, high, columns)
        r1.put(outputs[1] + offset, low, high, columns)
        r2.put(outputs[2] + offset, low, high, columns)
        r3.put(outputs[3] + offset, low, high, columns)
        #if KERNELS_V4 || arch(arm64)
        if rows > 4 {
            r4.put(outputs[4] + offset, low, high, columns)
            r5.put(outputs[5] + offset, low, high, columns)
            r6.put(outputs[6] + offset, low, high, columns)
            r7.put(outputs[7] + offset, low, high, columns)
        }
        #endif
    }
}

/// Inputs between two fetches: at most those whose weights for one block are a line of the cache, which is 64 bytes.
@inline(always) var inputsPerFetch: Int { 2 }

/// `rows` is a constant wherever this is inlined: a whole block, or four.
@inline(always) func runTile(
    _ tile: Tile, _ rows: Int, _ columns: Int, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int
) {
    var sums = TileSums(tile.bias, rows)
    if let initial = tile.initial { sums.add(initial, initialOffset, rows, columns) }
    var w = tile.weights
    var k = 0
    while k + inputsPerFetch <= tile.depth {
        CKernels_prefetch(w + tile.nextWeights)
        for i in 0..<inputsPerFetch {
            sums.add(tile.inputs[k + i] + inputOffset, times: w + i * blockChannels, rows, columns)
        }
        k += inputsPerFetch
        w += inputsPerFetch * blockChannels
    }
    while k < tile.depth {
        sums.add(tile.inputs[k] + inputOffset, times: w, rows, columns)
        k += 1
        w += blockChannels
    }
    sums.put(tile, outputOffset, rows, columns)
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
