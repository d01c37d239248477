// One source, compiled once per instruction set: the sibling directories KernelsV3 and KernelsV4 are links to this
// one. No generics and no shared helpers from other modules: the linker merges equal symbols of different modules, and
// an AVX-512 body must never stand in for a baseline one. Every kernel is `@inline(never)`, every helper
// `@inline(always)`.

import CKernels

#if KERNELS_V4
typealias Vector = SIMD16<Float>
typealias IntVector = SIMD16<Int32>
#elseif KERNELS_V3
typealias Vector = SIMD8<Float>
typealias IntVector = SIMD8<Int32>
#else
typealias Vector = SIMD4<Float>
typealias IntVector = SIMD4<Int32>
#endif
typealias LaneMask = SIMDMask<IntVector>

#if KERNELS_V4
let lanes = 16
#elseif KERNELS_V3
let lanes = 8
#else
let lanes = 4
#endif

/// 0, 1, 2, ...
@inline(always) var laneNumbers: IntVector {
    #if KERNELS_V4
    IntVector(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    #elseif KERNELS_V3
    IntVector(0, 1, 2, 3, 4, 5, 6, 7)
    #else
    IntVector(0, 1, 2, 3)
    #endif
}

@inline(always) func load(_ p: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(p).loadUnaligned(as: Vector.self)
}

@inline(always) func store(_ v: Vector, _ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: Vector.self)
}

/// Writes the first `count` lanes.
@inline(always) func store(_ v: Vector, _ p: UnsafeMutablePointer<Float>, first count: Int) {
    if count >= lanes { return store(v, p) }
    #if KERNELS_V4
    CKernels_storeFirst16(v, p, Int32(truncatingIfNeeded: max(count, 0)))
    #elseif KERNELS_V3
    CKernels_storeFirst8(v, p, Int32(truncatingIfNeeded: count))
    #else
    for i in 0..<count { p[i] = v[i] }
    #endif
}

@inline(always) func splat(_ x: Float) -> Vector { Vector(repeating: x) }

/// `a * b + c`, fused where the instruction exists: without it `addingProduct` calls libm's fmaf for each lane.
@inline(always) func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    #if arch(x86_64) && !KERNELS_V3 && !KERNELS_V4
    a * b + c
    #else
    c.addingProduct(a, b)
    #endif
}

/// `a` where it is larger or NaN, else `b`.
@inline(always) func larger(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: a .< b) }
/// `a` where it is smaller or NaN, else `b`.
@inline(always) func smaller(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: a .> b) }

/// Between `low` and `high`, which are numbers; NaN stays NaN.
@inline(always) func clamped(_ x: Vector, _ low: Vector, _ high: Vector) -> Vector {
    #if arch(arm64)
    CKernels_clamped4(x, low, high)
    #else
    smaller(larger(x, low), high)
    #endif
}
