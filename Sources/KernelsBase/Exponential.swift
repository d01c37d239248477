/// e^x, relative error below 2e-7 on [-87, 88] (saturated outside; NaN stays NaN).
///
/// x = n ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts keeps r exact (Cody and Waite); e^r by a polynomial (Cephes
/// expf's minimax); 2^n by its exponent bits. Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
@inline(always) func exponential(_ x: Vector) -> Vector {
    let x = clamped(x, splat(-87.3), splat(88.3))
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
    let power =
        (unsafeBitCast(shifted, to: IntVector.self) &<< IntVector(repeating: 23)) &+ IntVector(repeating: 0x3F80_0000)
    return p * unsafeBitCast(power, to: Vector.self)
}

/// e^-x for sigmoids, relative error below 1e-6 on [-20, 87]: cheaper, because it need not be precise where the sum
/// with 1 swallows it or the result is 1e-9 (there ln 2 is not split: 2^f of the fraction f of -x / ln 2, a minimax
/// polynomial).
@inline(always) func exponentialOfMinus(_ x: Vector) -> Vector {
    let x = clamped(x, splat(-87.3), splat(87.3))
    let magic = splat(12_582_912), minusLog2e = splat(-1.442_695_04)
    let shifted = multiplyAdd(x, minusLog2e, magic)
    let f = multiplyAdd(x, minusLog2e, magic - shifted)
    var p = multiplyAdd(splat(1.326_472_7e-3), f, splat(9.671_512_6e-3))
    p = multiplyAdd(p, f, splat(5.550_733_7e-2))
    p = multiplyAdd(p, f, splat(2.402_224_2e-1))
    p = multiplyAdd(p, f, splat(6.931_469_8e-1))
    p = multiplyAdd(p, f, splat(1))
    // p is in 0.7...1.5 and the exponent in -126...126: adding to its exponent bits multiplies by 2^n.
    let bits =
        unsafeBitCast(p, to: IntVector.self)
        &+ (unsafeBitCast(shifted, to: IntVector.self) &<< IntVector(repeating: 23))
    return unsafeBitCast(bits, to: Vector.self)
}

@inline(always) func sigmoid(_ x: Vector) -> Vector { splat(1) / (splat(1) + exponentialOfMinus(x)) }
@inline(always) func silu(_ x: Vector) -> Vector { x / (splat(1) + exponentialOfMinus(x)) }
