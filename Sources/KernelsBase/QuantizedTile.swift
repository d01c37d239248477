import CKernels
import KernelTypes

// As in PointwiseTile.swift, with sums in 32 bits: AVX-512 VNNI 8 x 3 vectors, AVX-512 and NEON 8 x 2 (the even and odd
// halves of the inputs take registers, too), AVX2 and SSE 4 x 2.
#if KERNELS_V4 || arch(arm64)
let quantizedBlockChannels = 8
#else
let quantizedBlockChannels = 4
#endif
#if KERNELS_VNNI
let quantizedColumns = 3
#else
let quantizedColumns = 2
#endif

struct SumRow {
    var a, b, c: IntVector

    @inline(always) init(_ bias: Int32) {
        a = splatWord(bias)
        b = a
        c = a
    }

    @inline(always) mutating func add(
        _ x: Int8x4Input, _ y: Int8x4Input, _ z: Int8x4Input, _ weight: UnsafePointer<UInt32>, _ columns: Int
    ) {
        a = x.dot(weight, a)
        if columns > 1 { b = y.dot(weight, b) }
        if columns > 2 { c = z.dot(weight, c) }
    }

    @inline(always) func put(_ sums: UnsafeMutablePointer<Int32>, _ columns: Int) {
        let at = UnsafeMutableRawPointer(sums)
        at.storeBytes(of: a, as: IntVector.self)
        if columns > 1 { at.storeBytes(of: b, toByteOffset: 4 * lanes, as: IntVector.self) }
        if columns > 2 { at.storeBytes(of: c, toByteOffset: 8 * lanes, as: IntVector.self) }
    }
}

/// Tiles side by side whose sums are ended together, so that factors and bounds are fetched for all of them once.
let tilesPerRun = 4
/// Room on the stack for the sums of one run.
struct SumScratch {
    #if KERNELS_VNNI
    var a = Sums512(), b = Sums512(), c = Sums512()
    #elseif KERNELS_V4
    var a = Sums512(), b = Sums512()
    #else
    var a = Sums512()
    #endif
}

struct Sums512 {
    var a = SIMD64<Int32>(), b = SIMD64<Int32>(), c = SIMD64<Int32>(), d = SIMD64<Int32>()
    var e = SIMD64<Int32>(), f = SIMD64<Int32>(), g = SIMD64<Int32>(), h = SIMD64<Int32>()
}

/// Numbers from one row of sums to the next.
let sumRowStep = tilesPerRun * quantizedColumns * lanes

/// What one tile needs; weights and bias already point at the block's first channel.
struct QuantizedTile {
    var inputs: UnsafePointer<Int8x4Plane>
    var depth: Int
    var weights: UnsafePointer<UInt32>
    var bias: UnsafePointer<Int32>
    /// What the tile leaves behind: rows of `sumRowStep`.
    var sums: UnsafeMutablePointer<Int32>
}

/// `rows` (a whole block, or four) and `columns` are constants wherever this is inlined.
@inline(always) func runQuantizedTile(
    _ tile: QuantizedTile, _ rows: Int, _ columns: Int, _ inputOffset: Int
) {
    let bias = tile.bias
    var r0 = SumRow(bias[0])
    var r1 = SumRow(bias[1])
    var r2 = SumRow(bias[2])
    var r3 = SumRow(bias[3])
    var r4 = SumRow(rows > 4 ? bias[4] : 0)
    var r5 = SumRow(rows > 4 ? bias[5] : 0)
    var r6 = SumRow(rows > 4 ? bias[6] : 0)
    var r7 = SumRow(rows > 4 ? bias[7] : 0)
    var w = tile.weights
    let block = quantizedBlockChannels * wordsPerWeight, next = tile.depth * block
    for k in 0..<tile.depth {
        CKernels_prefetch(w + next)
        let p = tile.inputs[k] + inputOffset
        let x = Int8x4Input(p)
        let y = columns > 1 ? Int8x4Input(p + lanes) : x
        let z = columns > 2 ? Int8x4Input(p + 2 * lanes) : x
        r0.add(x, y, z, w, columns)
        r1.add(x, y, z, w + wordsPerWeight, columns)
        r2.add(x, y, z, w + 2 * wordsPerWeight, columns)
        r3.add(x, y, z, w + 3 * wordsPerWeight, columns)
        if rows > 4 {
            r4.add(x, y, z, w + 4 * wordsPerWeight, columns)
            r5.add(x, y, z, w + 5 * wordsPerWeight, columns)
            r6.add(x, y, z, w + 6 * wordsPerWeight, columns)
            r7.add(x, y, z, w + 7 * wordsPerWeight, columns)
        }
        w += block
    }
    let sums = tile.sums
    r0.put(sums, columns)
    r1.put(sums + sumRowStep, columns)
    r2.put(sums + 2 * sumRowStep, columns)
    r3.put(sums + 3 * sumRowStep, columns)
    if rows > 4 {
        r4.put(sums + 4 * sumRowStep, columns)
        r5.put(sums + 5 * sumRowStep, columns)
        r6.put(sums + 6 * sumRowStep, columns)
        r7.put(sums + 7 * sumRowStep, columns)
    }
}

@inline(never) func quantizedTile1(_ tile: QuantizedTile, _ input: Int) {
    runQuantizedTile(tile, quantizedBlockChannels, 1, input)
}

@inline(never) func quantizedTile2(_ tile: QuantizedTile, _ input: Int) {
    runQuantizedTile(tile, quantizedBlockChannels, 2, input)
}

#if KERNELS_VNNI
@inline(never) func quantizedTile3(_ tile: QuantizedTile, _ input: Int) {
    runQuantizedTile(tile, quantizedBlockChannels, 3, input)
}
#endif

#if KERNELS_V4 || arch(arm64)
// For the last four channels, and for depthwise convolutions.

@inline(never) func quantizedTile1Half(_ tile: QuantizedTile, _ input: Int) {
    runQuantizedTile(tile, 4, 1, input)
}

@inline(never) func quantizedTile2Half(_ tile: QuantizedTile, _ input: Int) {
    runQuantizedTile(tile, 4, 2, input)
}

#if KERNELS_VNNI
@inline(never) func quantizedTile3Half(_ tile: QuantizedTile, _ input: Int) {
    runQuantizedTile(tile, 4, 3, input)
}
#endif
#endif

@inline(always) func pickQuantizedTile(
    _ tile: QuantizedTile, _ rows: Int, _ columns: Int, _ input: Int
) {
    #if KERNELS_V4 || arch(arm64)
    if rows <= 4 {
        #if KERNELS_VNNI
        if columns > 2 { return quantizedTile3Half(tile, input) }
        #endif
        return columns > 1 ? quantizedTile2Half(tile, input) : quantizedTile1Half(tile, input)
    }
    #endif
    #if KERNELS_VNNI
    if columns > 2 { return quantizedTile3(tile, input) }
    #endif
    return columns > 1 ? quantizedTile2(tile, input) : quantizedTile1(tile, input)
}
