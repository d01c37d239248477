/// e^x, relative error below 2e-7 on [-87, 88] (saturated outside; NaN stays NaN).
///
/// x = n ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts keeps r exact (Cody and Waite); e^r by a polynomial
/// (Cephes expf's minimax); 2^n by its exponent bits. Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
@inline(always) func exponential(_ x: Vector) -> Vector {
    let x = smaller(larger(x, splat(-87.3)), splat(88.3))
    let magic = splat(12_582_912)
    let shifted = multiplyAdd(x, splat(1.442_695_04), magic)
    let n = shifted - magic
    var r = multiplyAdd(n, splat(-0.693_359_375), x)
    r = multiplyAdd(n, splat(2.121_944_4e-4), r)
    var p = multiplyAdd(splat(1.987_569_15e-4), r, splat(1.398_199_95e-3))
    p = multiplyAdd(p, r, splat(8.333_451_9e-3))
    p = multiplyAdd(p, r, splat(4.166_579_6e-2))
    p = multiplyAdd(p, r, splat(1.666_666_55e-1))
    p = multiplyAdd(p, r, splat(5.000_000_1e-1))
    p = multiplyAdd(p, r * r, r) + splat(1)
    let power = (unsafeBitCast(shifted, to: IntVector.self) &<< IntVector(repeating: 23)) &+ IntVector(repeating: 0x3F80_0000)
    return p * unsafeBitCast(power, to: Vector.self)
}

@inline(always) func sigmoid(_ x: Vector) -> Vector { splat(1) / (splat(1) + exponential(-x)) }
@inline(always) func silu(_ x: Vector) -> Vector { x / (splat(1) + exponential(-x)) }
