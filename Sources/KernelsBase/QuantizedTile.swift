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
        _ x: QuadInput, _ y: QuadInput, _ z: QuadInput, _ weight: UnsafePointer<UInt32>, _ columns: Int
    ) {
        a = x.dot(weight, a)
        if columns > 1 { b = y.dot(weight, b) }
        if columns > 2 { c = z.dot(weight, c) }
    }

    @inline(always) func column(_ index: Int) -> IntVector { index == 0 ? a : index == 1 ? b : c }
}

/// What one tile needs; weights, bias, scale and results already point at the block's first channel.
struct QuantizedTile {
    var convolution: QuantizedConvolution
    var weights: UnsafePointer<UInt32>
    var bias: UnsafePointer<Int32>
    var scale: UnsafePointer<Float>
    var channel: Int
}

/// `rows` (a whole block, or four) and `columns` are constants wherever this is inlined; `pixels` may be fewer than the
/// vectors hold.
@inline(always) func runQuantizedTile(
    _ tile: QuantizedTile, _ rows: Int, _ columns: Int, _ inputOffset: Int, _ outputOffset: Int, _ pixels: Int
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
    let inputs = tile.convolution.inputs
    for k in 0..<tile.convolution.depth {
        let p = inputs[k] + inputOffset
        let x = QuadInput(p)
        let y = columns > 1 ? QuadInput(p + lanes) : x
        let z = columns > 2 ? QuadInput(p + 2 * lanes) : x
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
        w += quantizedBlockChannels * wordsPerWeight
    }
    put(tile, r0, r1, r2, r3, 0, columns, outputOffset, pixels)
    if rows > 4 { put(tile, r4, r5, r6, r7, 4, columns, outputOffset, pixels) }
}

/// Ends four channels.
@inline(always) func put(
    _ tile: QuantizedTile, _ a: SumRow, _ b: SumRow, _ c: SumRow, _ d: SumRow, _ row: Int, _ columns: Int,
    _ offset: Int, _ pixels: Int
) {
    let scale = tile.scale + row
    let s0 = splat(scale[0]), s1 = splat(scale[1]), s2 = splat(scale[2]), s3 = splat(scale[3])
    switch tile.convolution.result {
    case .bytes(let quads, let zeroPoint, let low, let high, let table):
        let output = quads[(tile.channel + row) / 4] + offset
        let zero = splat(zeroPoint + roundingMagic)
        let lowest = splat(low + roundingMagic), highest = splat(high + roundingMagic)
        for column in 0..<columns {
            var words = joined(
                multiplyAdd(toFloat(a.column(column)), s0, zero), multiplyAdd(toFloat(b.column(column)), s1, zero),
                multiplyAdd(toFloat(c.column(column)), s2, zero), multiplyAdd(toFloat(d.column(column)), s3, zero),
                lowest, highest)
            if let table { words = lookedUp(words, table) }
            storeWords(words, output + column * lanes, first: pixels - column * lanes)
        }
    case .floats(let planes, let count, let low, let high):
        let plane = planes + tile.channel + row, lowest = splat(low), highest = splat(high)
        let existing = count - tile.channel - row
        for column in 0..<columns {
            let at = offset + column * lanes, left = pixels - column * lanes
            if existing > 0 { store(bounded(a.column(column), s0, lowest, highest), plane[0] + at, first: left) }
            if existing > 1 { store(bounded(b.column(column), s1, lowest, highest), plane[1] + at, first: left) }
            if existing > 2 { store(bounded(c.column(column), s2, lowest, highest), plane[2] + at, first: left) }
            if existing > 3 { store(bounded(d.column(column), s3, lowest, highest), plane[3] + at, first: left) }
        }
    }
}

@inline(always) private func bounded(_ sum: IntVector, _ scale: Vector, _ low: Vector, _ high: Vector) -> Vector {
    smaller(larger(toFloat(sum) * scale, low), high)
}

@inline(never) func quantizedTile1(_ tile: QuantizedTile, _ input: Int, _ output: Int, _ pixels: Int) {
    runQuantizedTile(tile, quantizedBlockChannels, 1, input, output, pixels)
}

@inline(never) func quantizedTile2(_ tile: QuantizedTile, _ input: Int, _ output: Int, _ pixels: Int) {
    runQuantizedTile(tile, quantizedBlockChannels, 2, input, output, pixels)
}

#if KERNELS_VNNI
@inline(never) func quantizedTile3(_ tile: QuantizedTile, _ input: Int, _ output: Int, _ pixels: Int) {
    runQuantizedTile(tile, quantizedBlockChannels, 3, input, output, pixels)
}
#endif

#if KERNELS_V4 || arch(arm64)
// For the last four channels, and for depthwise convolutions.

@inline(never) func quantizedTile1Half(_ tile: QuantizedTile, _ input: Int, _ output: Int, _ pixels: Int) {
    runQuantizedTile(tile, 4, 1, input, output, pixels)
}

@inline(never) func quantizedTile2Half(_ tile: QuantizedTile, _ input: Int, _ output: Int, _ pixels: Int) {
    runQuantizedTile(tile, 4, 2, input, output, pixels)
}

#if KERNELS_VNNI
@inline(never) func quantizedTile3Half(_ tile: QuantizedTile, _ input: Int, _ output: Int, _ pixels: Int) {
    runQuantizedTile(tile, 4, 3, input, output, pixels)
}
#endif
#endif

@inline(always) func pickQuantizedTile(
    _ tile: QuantizedTile, _ rows: Int, _ columns: Int, _ input: Int, _ output: Int, _ pixels: Int
) {
    #if KERNELS_V4 || arch(arm64)
    if rows <= 4 {
        #if KERNELS_VNNI
        if columns > 2 { return quantizedTile3Half(tile, input, output, pixels) }
        #endif
        return columns > 1
            ? quantizedTile2Half(tile, input, output, pixels) : quantizedTile1Half(tile, input, output, pixels)
    }
    #endif
    #if KERNELS_VNNI
    if columns > 2 { return quantizedTile3(tile, input, output, pixels) }
    #endif
    return columns > 1 ? quantizedTile2(tile, input, output, pixels) : quantizedTile1(tile, input, output, pixels)
}
