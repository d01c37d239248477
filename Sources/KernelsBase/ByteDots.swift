import CKernels
import KernelTypes

// Four bytes are multiplied and summed at a time: by one instruction (VNNI, NEON's dot product), or widened to 16 bits first.
// NEON without dot product does otherwise: BytePairs.swift.
#if !arch(arm64) || KERNELS_DOT

#if KERNELS_VNNI || KERNELS_DOT
/// One instruction multiplies and sums four bytes: a weight is a word.
let wordsPerWeight = 1
#else
/// Pairs of 16-bit numbers are multiplied and summed: a weight is a word of its even channels and one of its odd ones.
let wordsPerWeight = 2
#endif

/// A vector of int8x4 blocks, made ready to be multiplied.
struct Int8x4Input {
    #if KERNELS_VNNI || KERNELS_DOT
    let words: IntVector

    @inline(always) init(_ p: UnsafePointer<UInt32>) {
        #if KERNELS_DOT
        // Signed times signed: bytes less 128, which `packQuantized` makes up for in the bias.
        words = loadWords(p) ^ splatWord(Int32(bitPattern: 0x8080_8080))
        #else
        words = loadWords(p)
        #endif
    }

    @inline(always) func dot(_ weights: BlockWords, _ row: Int, _ sum: IntVector) -> IntVector {
        #if KERNELS_DOT
        CKernels_dot4(sum, words, weights[row])
        #else
        CKernels_dot16(sum, words, weights[row])
        #endif
    }
    #else
    let even: IntVector
    let odd: IntVector

    @inline(always) init(_ p: UnsafePointer<UInt32>) {
        let words = loadWords(p), mask = splatWord(0x00FF_00FF)
        even = words & mask
        odd = (words &>> splatWord(8)) & mask
    }

    @inline(always) func dot(_ weights: BlockWords, _ row: Int, _ sum: IntVector) -> IntVector {
        sum &+ pairs(even, weights[2 * row]) &+ pairs(odd, weights[2 * row + 1])
    }

    @inline(always) private func pairs(_ v: IntVector, _ weight: Int32) -> IntVector {
        #if KERNELS_V4
        CKernels_pairs16(v, weight)
        #elseif KERNELS_V3
        CKernels_pairs8(v, weight)
        #else
        CKernels_pairs4(v, weight)
        #endif
    }
    #endif
}

@inline(never) func packedQuantizedWords(_ weights: UnsafePointer<Int8>, _ channels: Int, _ depth: Int) -> Int {
    (channels + quantizedBlockChannels - 1) / quantizedBlockChannels * quantizedBlockChannels * depth * wordsPerWeight
}

/// Block by block, input by input. Missing channels of the last block are zeros.
@inline(never) func packQuantized(
    _ weights: UnsafePointer<Int8>, _ channels: Int, _ depth: Int, _ packed: UnsafeMutablePointer<UInt32>,
    _ bias: UnsafeMutablePointer<Int32>
) {
    var at = packed, first = 0
    while first < channels {
        for k in 0..<depth {
            for m in first..<(first + quantizedBlockChannels) {
                packWeight(weights + 4 * (m * depth + k), m < channels, at)
                at += wordsPerWeight
            }
        }
        first += quantizedBlockChannels
    }
    #if KERNELS_DOT
    addSignedOffset(weights, channels, depth, bias)
    #endif
}

@inline(always) func packWeight(_ weight: UnsafePointer<Int8>, _ exists: Bool, _ at: UnsafeMutablePointer<UInt32>) {
    #if KERNELS_VNNI || KERNELS_DOT
    at[0] = exists ? bytes(weight[0], weight[1]) | bytes(weight[2], weight[3]) &<< 16 : 0
    #else
    at[0] = exists ? halves(weight[0], weight[2]) : 0
    at[1] = exists ? halves(weight[1], weight[3]) : 0
    #endif
}

@inline(always) private func bytes(_ low: Int8, _ high: Int8) -> UInt32 {
    UInt32(UInt8(bitPattern: low)) | UInt32(UInt8(bitPattern: high)) &<< 8
}

@inline(always) private func halves(_ low: Int8, _ high: Int8) -> UInt32 {
    UInt32(UInt16(bitPattern: Int16(low))) | UInt32(UInt16(bitPattern: Int16(high))) &<< 16
}

/// Where the weights of the next channels begin.
@inline(always) func nextBlock(_ weights: UnsafePointer<UInt32>, _ depth: Int) -> UnsafePointer<UInt32> {
    weights + quantizedBlockChannels * wordsPerWeight * depth
}

/// The words of one input for a block of channels. On arm64 two loads bring all of them, and products take single lanes.
struct BlockWords {
    #if KERNELS_DOT
    private let low, high: IntVector
    #else
    private let at: UnsafePointer<UInt32>
    #endif

    @inline(always) init(_ at: UnsafePointer<UInt32>, _ rows: Int) {
        #if KERNELS_DOT
        low = loadWords(at)
        high = rows > 4 ? loadWords(at + 4) : low
        #else
        self.at = at
        #endif
    }

    /// - Parameter word: a constant wherever this is inlined.
    @inline(always) subscript(_ word: Int) -> Int32 {
        #if KERNELS_DOT
        word < 4 ? low[word] : high[word - 4]
        #else
        Int32(bitPattern: at[word])
        #endif
    }
}

struct SumRow {
    var a, b, c: IntVector

    @inline(always) init(_ bias: Int32) {
        a = splatWord(bias)
        b = a
        c = a
    }

    @inline(always) mutating func add(
        _ x: Int8x4Input, _ y: Int8x4Input, _ z: Int8x4Input, _ weights: BlockWords, _ row: Int, _ columns: Int
    ) {
        a = x.dot(weights, row, a)
        if columns > 1 { b = y.dot(weights, row, b) }
        if columns > 2 { c = z.dot(weights, row, c) }
    }

    @inline(always) func put(_ sums: UnsafeMutablePointer<Int32>, _ columns: Int) {
        let at = UnsafeMutableRawPointer(sums)
        at.storeBytes(of: a, as: IntVector.self)
        if columns > 1 { at.storeBytes(of: b, toByteOffset: 4 * lanes, as: IntVector.self) }
        if columns > 2 { at.storeBytes(of: c, toByteOffset: 8 * lanes, as: IntVector.self) }
    }
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
        let weights = BlockWords(w, rows)
        r0.add(x, y, z, weights, 0, columns)
        r1.add(x, y, z, weights, 1, columns)
        r2.add(x, y, z, weights, 2, columns)
        r3.add(x, y, z, weights, 3, columns)
        if rows > 4 {
            r4.add(x, y, z, weights, 4, columns)
            r5.add(x, y, z, weights, 5, columns)
            r6.add(x, y, z, weights, 6, columns)
            r7.add(x, y, z, weights, 7, columns)
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

#if KERNELS_VNNI || KERNELS_DOT
@inline(never) func quantizedTile3(_ tile: QuantizedTile, _ input: Int) {
    runQuantizedTile(tile, quantizedBlockChannels, 3, input)
}
#endif

#if KERNELS_V4 || KERNELS_DOT
// For the last four channels, and for depthwise convolutions.

@inline(never) func quantizedTile1Half(_ tile: QuantizedTile, _ input: Int) {
    runQuantizedTile(tile, 4, 1, input)
}

@inline(never) func quantizedTile2Half(_ tile: QuantizedTile, _ input: Int) {
    runQuantizedTile(tile, 4, 2, input)
}

#if KERNELS_VNNI || KERNELS_DOT
@inline(never) func quantizedTile3Half(_ tile: QuantizedTile, _ input: Int) {
    runQuantizedTile(tile, 4, 3, input)
}
#endif
#endif

@inline(always) func pickQuantizedTile(
    _ tile: QuantizedTile, _ rows: Int, _ columns: Int, _ input: Int
) {
    #if KERNELS_V4 || KERNELS_DOT
    if rows <= 4 {
        #if KERNELS_VNNI || KERNELS_DOT
        if columns > 2 { return quantizedTile3Half(tile, input) }
        #endif
        return columns > 1 ? quantizedTile2Half(tile, input) : quantizedTile1Half(tile, input)
    }
    #endif
    #if KERNELS_VNNI || KERNELS_DOT
    if columns > 2 { return quantizedTile3(tile, input) }
    #endif
    return columns > 1 ? quantizedTile2(tile, input) : quantizedTile1(tile, input)
}

#endif
