import KernelTypes

// As in PointwiseTile.swift, with sums in 32 bits: AVX-512 VNNI and NEON's dot product 8 x 3 vectors, AVX-512 8 x 2 (without
// VNNI the even and odd halves of the inputs take registers, too), AVX2 and SSE 4 x 2, NEON alone 4 x 1 with two registers
// for each vector of sums.
#if KERNELS_V4 || KERNELS_DOT
let quantizedBlockChannels = 8
#else
let quantizedBlockChannels = 4
#endif
#if KERNELS_VNNI || KERNELS_DOT
let quantizedColumns = 3
#elseif arch(arm64) && !KERNELS_DOT
let quantizedColumns = 1
#else
let quantizedColumns = 2
#endif

/// Tiles side by side whose sums are ended together, so that factors and bounds are fetched for all of them once.
let tilesPerRun = quantizedColumns == 1 ? 8 : 4
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

#if arch(arm64)
/// NEON multiplies signed bytes with signed ones: inputs less 128, which the bias makes up for.
@inline(always) func addSignedOffset(
    _ weights: UnsafePointer<Int8>, _ channels: Int, _ depth: Int, _ bias: UnsafeMutablePointer<Int32>
) {
    for m in 0..<channels {
        var sum: Int32 = 0
        for i in 0..<(4 * depth) { sum &+= Int32(weights[4 * m * depth + i]) }
        bias[m] = bias[m] &+ 128 &* sum
    }
}
#endif
