import CKernels
import KernelTypes

// Words of four bytes, a vector of them at a time. What the instruction sets differ in is here: how numbers become
// floats, and how bytes are looked up.

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
