import CKernels
import KernelTypes

/// The even-numbered floats of two vectors that lie one after the other.
@inline(always) func evens(_ a: Vector, _ b: Vector) -> Vector {
    #if KERNELS_V4
    CKernels_evens16(a, b)
    #elseif KERNELS_V3
    CKernels_evens8(a, b)
    #else
    CKernels_evens4(a, b)
    #endif
}

/// The odd-numbered ones.
@inline(always) func odds(_ a: Vector, _ b: Vector) -> Vector {
    #if KERNELS_V4
    CKernels_odds16(a, b)
    #elseif KERNELS_V3
    CKernels_odds8(a, b)
    #else
    CKernels_odds4(a, b)
    #endif
}

/// Each float of the lower half twice.
@inline(always) func lowTwice(_ a: Vector) -> Vector {
    #if KERNELS_V4
    CKernels_lowTwice16(a)
    #elseif KERNELS_V3
    CKernels_lowTwice8(a)
    #else
    CKernels_lowTwice4(a)
    #endif
}

/// Each float of the upper half twice.
@inline(always) func highTwice(_ a: Vector) -> Vector {
    #if KERNELS_V4
    CKernels_highTwice16(a)
    #elseif KERNELS_V3
    CKernels_highTwice8(a)
    #else
    CKernels_highTwice4(a)
    #endif
}

/// Half a vector from each of two places.
@inline(always) func joined(_ low: Plane, _ high: Plane) -> Vector {
    #if KERNELS_V4
    CKernels_joined16(low, high)
    #elseif KERNELS_V3
    CKernels_joined8(low, high)
    #else
    CKernels_joined4(low, high)
    #endif
}

@inline(always) func storeHalves(_ v: Vector, _ low: MutablePlane, _ high: MutablePlane) {
    #if KERNELS_V4
    CKernels_storeHalves16(v, low, high)
    #elseif KERNELS_V3
    CKernels_storeHalves8(v, low, high)
    #else
    CKernels_storeHalves4(v, low, high)
    #endif
}

/// The lower halves of two vectors, their floats in turn: one of `a`, one of `b`.
@inline(always) func zipLow(_ a: Vector, _ b: Vector) -> Vector {
    #if KERNELS_V4
    CKernels_zipLow16(a, b)
    #elseif KERNELS_V3
    CKernels_zipLow8(a, b)
    #else
    CKernels_zipLow4(a, b)
    #endif
}

/// The upper halves.
@inline(always) func zipHigh(_ a: Vector, _ b: Vector) -> Vector {
    #if KERNELS_V4
    CKernels_zipHigh16(a, b)
    #elseif KERNELS_V3
    CKernels_zipHigh8(a, b)
    #else
    CKernels_zipHigh4(a, b)
    #endif
}
