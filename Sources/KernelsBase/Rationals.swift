// erf and tanh: odd functions that reach 1, each x times a quotient of two polynomials in x². The coefficients are a minimax
// fit of the relative error (2e-8) up to where a float rounds to 1; rounding leaves 3e-7. A division and ten fused
// multiply-adds: as dear as a sigmoid.

/// `y`, or exactly 1 and -1 where `x` has come to `edge`: GELU multiplies what is left of 1 by numbers of any size.
@inline(always) func saturated(_ y: Vector, _ x: Vector, _ edge: Vector) -> Vector {
    y.replacing(with: splat(1), where: x .>= edge).replacing(with: splat(-1), where: x .<= -edge)
}

/// Relative error below 4e-7; NaN stays NaN.
@inline(always) func errorFunction(_ x: Vector) -> Vector {
    let x = clamped(x, splat(-3.93), splat(3.93)), z = x * x
    var p = multiplyAdd(splat(2.041_987_0e-6), z, splat(2.848_075_8e-4))
    p = multiplyAdd(p, z, splat(3.779_546_1e-3))
    p = multiplyAdd(p, z, splat(5.279_009_0e-2))
    p = multiplyAdd(p, z, splat(1.907_822_9e-1))
    p = multiplyAdd(p, z, splat(1.128_379_1))
    var q = multiplyAdd(splat(3.800_419_3e-5), z, splat(1.165_198_2e-3))
    q = multiplyAdd(q, z, splat(1.499_731_0e-2))
    q = multiplyAdd(q, z, splat(1.142_569_0e-1))
    q = multiplyAdd(q, z, splat(5.024_091_0e-1))
    q = multiplyAdd(q, z, splat(1))
    return saturated(x * p / q, x, splat(3.92))
}

/// Relative error below 4e-7; NaN stays NaN.
@inline(always) func hyperbolicTangent(_ x: Vector) -> Vector {
    let x = clamped(x, splat(-9), splat(9)), z = x * x
    var p = multiplyAdd(splat(-1.224_631_2e-11), z, splat(3.064_262_1e-8))
    p = multiplyAdd(p, z, splat(2.803_135_2e-5))
    p = multiplyAdd(p, z, splat(3.869_510_0e-3))
    p = multiplyAdd(p, z, splat(1.368_085_7e-1))
    p = multiplyAdd(p, z, splat(1))
    var q = multiplyAdd(splat(1.289_037_9e-6), z, splat(3.940_716_9e-4))
    q = multiplyAdd(q, z, splat(2.725_016_3e-2))
    q = multiplyAdd(q, z, splat(4.701_418_9e-1))
    q = multiplyAdd(q, z, splat(1))
    return saturated(x * p / q, x, splat(9))
}

@inline(always) func gelu(_ x: Vector) -> Vector {
    let half = x * splat(0.5)
    return multiplyAdd(half, errorFunction(x * splat(0.707_106_78)), half)
}
