import CKernels
import KernelTypes

// Words of four bytes, a vector of them at a time. What the instruction sets differ in is here: how four bytes are
// multiplied and summed, and how bytes are looked up.

@inline(always) func loadWords(_ p: UnsafePointer<UInt32>) -> IntVector {
    UnsafeRawPointer(p).loadUnaligned(as: IntVector.self)
}

/// Writes the first `count` lanes.
@inline(always) func storeWords(_ v: IntVector, _ p: UnsafeMutablePointer<UInt32>, first count: Int) {
    store(
        unsafeBitCast(v, to: Vector.self), UnsafeMutableRawPointer(p).assumingMemoryBound(to: Float.self), first: count)
}

@inline(always) func splatWord(_ x: Int32) -> IntVector { IntVector(repeating: x) }

@inline(always) func toFloat(_ v: IntVector) -> Vector {
    #if KERNELS_V4
    CKernels_toFloat16(v)
    #elseif KERNELS_V3
    CKernels_toFloat8(v)
    #else
    CKernels_toFloat4(v)
    #endif
}

/// One byte of each word as a number 0...255.
@inline(always) func channel(_ words: IntVector, _ index: Int) -> IntVector {
    let shifted = unsafeBitCast(
        unsafeBitCast(words, to: WordVector.self) &>> WordVector(repeating: UInt32(truncatingIfNeeded: 8 * index)),
        to: IntVector.self)
    return shifted & splatWord(0xFF)
}

#if KERNELS_V4
typealias WordVector = SIMD16<UInt32>
#elseif KERNELS_V3
typealias WordVector = SIMD8<UInt32>
#else
typealias WordVector = SIMD4<UInt32>
#endif

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

    @inline(always) func dot(_ weight: UnsafePointer<UInt32>, _ sum: IntVector) -> IntVector {
        #if KERNELS_DOT
        CKernels_dot4(sum, words, Int32(bitPattern: weight[0]))
        #else
        CKernels_dot16(sum, words, Int32(bitPattern: weight[0]))
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

    @inline(always) func dot(_ weight: UnsafePointer<UInt32>, _ sum: IntVector) -> IntVector {
        sum &+ pairs(even, Int32(bitPattern: weight[0])) &+ pairs(odd, Int32(bitPattern: weight[1]))
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

/// Every byte replaced by what the table of 256 says.
@inline(always) func lookedUp(_ words: IntVector, _ table: UnsafePointer<UInt8>) -> IntVector {
    #if KERNELS_VNNI
    return CKernels_lookUp16(words, table)
    #elseif arch(arm64)
    return CKernels_lookUp4(words, table)
    #else
    var words = words
    withUnsafeMutableBytes(of: &words) { bytes in
        for i in 0..<(4 * lanes) { bytes[i] = table[Int(bytes[i])] }
    }
    return words
    #endif
}

/// `ByteResult.magic`, which another module's code would have to be called for.
let roundingMagic: Float = 12_582_912

/// Numbers around `roundingMagic`, bounded, four channels of them, as words.
@inline(always) func joined(
    _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ low: Vector, _ high: Vector
) -> IntVector {
    joined(bounded(a, low, high), bounded(b, low, high), bounded(c, low, high), bounded(d, low, high))
}

@inline(always) func bounded(_ v: Vector, _ low: Vector, _ high: Vector) -> Vector {
    #if KERNELS_V4
    CKernels_bounded16(v, low, high)
    #elseif KERNELS_V3
    CKernels_bounded8(v, low, high)
    #else
    CKernels_bounded4(v, low, high)
    #endif
}

/// The same for numbers that are bounded already.
@inline(always) func joined(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) -> IntVector {
    // Each has the bits of the magic number plus its byte; those bits are taken out of the sum once.
    let offset = 0x4B40_0000 as UInt32
    let all = offset &+ offset &<< 8 &+ offset &<< 16 &+ offset &<< 24
    let ab = bits(a) &+ bits(b) &<< splatWord(8), cd = bits(c) &<< splatWord(16) &+ bits(d) &<< splatWord(24)
    return ab &+ cd &- splatWord(Int32(bitPattern: all))
}

@inline(always) private func bits(_ v: Vector) -> IntVector { unsafeBitCast(v, to: IntVector.self) }
