// Lane by lane, which becomes one shuffle; the library's `evenHalf` and its kin are generic, see Vector.swift.

/// The even-numbered floats of two vectors that lie one after the other.
@inline(always) func evens(_ a: Vector, _ b: Vector) -> Vector {
    #if KERNELS_V4
    Vector(
        a[0], a[2], a[4], a[6], a[8], a[10], a[12], a[14],
        b[0], b[2], b[4], b[6], b[8], b[10], b[12], b[14])
    #elseif KERNELS_V3
    Vector(a[0], a[2], a[4], a[6], b[0], b[2], b[4], b[6])
    #else
    Vector(a[0], a[2], b[0], b[2])
    #endif
}

/// The odd-numbered floats of two vectors that lie one after the other.
@inline(always) func odds(_ a: Vector, _ b: Vector) -> Vector {
    #if KERNELS_V4
    Vector(
        a[1], a[3], a[5], a[7], a[9], a[11], a[13], a[15],
        b[1], b[3], b[5], b[7], b[9], b[11], b[13], b[15])
    #elseif KERNELS_V3
    Vector(a[1], a[3], a[5], a[7], b[1], b[3], b[5], b[7])
    #else
    Vector(a[1], a[3], b[1], b[3])
    #endif
}

/// Each float of the lower half twice.
@inline(always) func doubledLow(_ a: Vector) -> Vector {
    #if KERNELS_V4
    Vector(
        a[0], a[0], a[1], a[1], a[2], a[2], a[3], a[3],
        a[4], a[4], a[5], a[5], a[6], a[6], a[7], a[7])
    #elseif KERNELS_V3
    Vector(a[0], a[0], a[1], a[1], a[2], a[2], a[3], a[3])
    #else
    Vector(a[0], a[0], a[1], a[1])
    #endif
}

/// Each float of the upper half twice.
@inline(always) func doubledHigh(_ a: Vector) -> Vector {
    #if KERNELS_V4
    Vector(
        a[8], a[8], a[9], a[9], a[10], a[10], a[11], a[11],
        a[12], a[12], a[13], a[13], a[14], a[14], a[15], a[15])
    #elseif KERNELS_V3
    Vector(a[4], a[4], a[5], a[5], a[6], a[6], a[7], a[7])
    #else
    Vector(a[2], a[2], a[3], a[3])
    #endif
}
