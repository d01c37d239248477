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

/// One vector of pixels of all channels of a block: the sums so far.
struct TileColumn {
    var r0, r1, r2, r3: Vector
    #if KERNELS_V4 || arch(arm64)
    var r4, r5, r6, r7: Vector
    #endif

    @inline(__always) init(bias: UnsafePointer<Float>) {
        r0 = splat(bias[0])
        r1 = splat(bias[1])
        r2 = splat(bias[2])
        r3 = splat(bias[3])
        #if KERNELS_V4 || arch(arm64)
        r4 = splat(bias[4])
        r5 = splat(bias[5])
        r6 = splat(bias[6])
        r7 = splat(bias[7])
        #endif
    }

    /// Adds the products of one input plane's pixels with its weights for the block.
    @inline(__always) mutating func add(_ x: Vector, _ weights: UnsafePointer<Float>) {
        r0 = multiplyAdd(splat(weights[0]), x, r0)
        r1 = multiplyAdd(splat(weights[1]), x, r1)
        r2 = multiplyAdd(splat(weights[2]), x, r2)
        r3 = multiplyAdd(splat(weights[3]), x, r3)
        #if KERNELS_V4 || arch(arm64)
        r4 = multiplyAdd(splat(weights[4]), x, r4)
        r5 = multiplyAdd(splat(weights[5]), x, r5)
        r6 = multiplyAdd(splat(weights[6]), x, r6)
        r7 = multiplyAdd(splat(weights[7]), x, r7)
        #endif
    }

    /// Adds one vector of each of the planes.
    @inline(__always) mutating func add(_ planes: UnsafePointer<Plane>, _ offset: Int) {
        r0 += load(planes[0] + offset)
        r1 += load(planes[1] + offset)
        r2 += load(planes[2] + offset)
        r3 += load(planes[3] + offset)
        #if KERNELS_V4 || arch(arm64)
        r4 += load(planes[4] + offset)
        r5 += load(planes[5] + offset)
        r6 += load(planes[6] + offset)
        r7 += load(planes[7] + offset)
        #endif
    }

    @inline(__always) func store(_ planes: UnsafePointer<MutablePlane>, _ offset: Int, _ low: Vector, _ high: Vector) {
        put(smaller(larger(r0, low), high), planes[0] + offset)
        put(smaller(larger(r1, low), high), planes[1] + offset)
        put(smaller(larger(r2, low), high), planes[2] + offset)
        put(smaller(larger(r3, low), high), planes[3] + offset)
        #if KERNELS_V4 || arch(arm64)
        put(smaller(larger(r4, low), high), planes[4] + offset)
        put(smaller(larger(r5, low), high), planes[5] + offset)
        put(smaller(larger(r6, low), high), planes[6] + offset)
        put(smaller(larger(r7, low), high), planes[7] + offset)
        #endif
    }

    @inline(__always) private func put(_ v: Vector, _ p: MutablePlane) {
        UnsafeMutableRawPointer(p).storeBytes(of: v, as: Vector.self)
    }
}

/// What one tile needs; `outputs` and `initial` already point at the block's first channel.
struct Tile {
    var inputs: UnsafePointer<Plane>
    var depth: Int
    var weights: UnsafePointer<Float>
    var bias: UnsafePointer<Float>
    var initial: UnsafePointer<Plane>?
    var outputs: UnsafePointer<MutablePlane>
    var low: Float
    var high: Float
}

#if !(arch(x86_64) && !KERNELS_V3 && !KERNELS_V4)
@inline(never) func tile3(_ tile: Tile, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int) {
    var a = TileColumn(bias: tile.bias)
    var b = a
    var c = a
    if let initial = tile.initial {
        a.add(initial, initialOffset)
        b.add(initial, initialOffset + lanes)
        c.add(initial, initialOffset + 2 * lanes)
    }
    var weights = tile.weights
    for k in 0..<tile.depth {
        let x = tile.inputs[k] + inputOffset
        let xa = load(x), xb = load(x + lanes), xc = load(x + 2 * lanes)
        a.add(xa, weights)
        b.add(xb, weights)
        c.add(xc, weights)
        weights += blockChannels
    }
    let low = splat(tile.low), high = splat(tile.high)
    a.store(tile.outputs, outputOffset, low, high)
    b.store(tile.outputs, outputOffset + lanes, low, high)
    c.store(tile.outputs, outputOffset + 2 * lanes, low, high)
}
#endif

@inline(never) func tile2(_ tile: Tile, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int) {
    var a = TileColumn(bias: tile.bias)
    var b = a
    if let initial = tile.initial {
        a.add(initial, initialOffset)
        b.add(initial, initialOffset + lanes)
    }
    var weights = tile.weights
    for k in 0..<tile.depth {
        let x = tile.inputs[k] + inputOffset
        let xa = load(x), xb = load(x + lanes)
        a.add(xa, weights)
        b.add(xb, weights)
        weights += blockChannels
    }
    let low = splat(tile.low), high = splat(tile.high)
    a.store(tile.outputs, outputOffset, low, high)
    b.store(tile.outputs, outputOffset + lanes, low, high)
}

@inline(never) func tile1(_ tile: Tile, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int) {
    var a = TileColumn(bias: tile.bias)
    if let initial = tile.initial { a.add(initial, initialOffset) }
    var weights = tile.weights
    for k in 0..<tile.depth {
        a.add(load(tile.inputs[k] + inputOffset), weights)
        weights += blockChannels
    }
    a.store(tile.outputs, outputOffset, splat(tile.low), splat(tile.high))
}
