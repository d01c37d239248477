import CKernels
import KernelTypes

/// Bytes as floats.
@inline(always) func fromBytes(_ p: UnsafePointer<UInt8>) -> Vector {
    #if KERNELS_V4
    CKernels_fromBytes16(p)
    #elseif KERNELS_V3
    CKernels_fromBytes8(p)
    #else
    CKernels_fromBytes4(p)
    #endif
}

/// All rows of one vector of columns before the next: the sums stay in a register.
@inline(never) func weighRows(
    _ rows: UnsafePointer<UInt8>, _ stride: Int, _ weights: UnsafePointer<Float>, _ taps: Int, _ sum: MutablePlane,
    _ count: Int
) {
    var i = 0
    while i < count {
        var a = splat(0), b = splat(0)
        var at = rows + i
        for tap in 0..<taps {
            let weight = splat(weights[tap])
            a = multiplyAdd(weight, fromBytes(at), a)
            b = multiplyAdd(weight, fromBytes(at + lanes), b)
            at += stride
        }
        store(a, sum + i, first: count - i)
        if count - i > lanes { store(b, sum + i + lanes, first: count - i - lanes) }
        i += 2 * lanes
    }
}
