import CKernels
import KernelTypes

@inline(never) func quantize(
    _ planes: UnsafePointer<Plane>, _ scales: UnsafePointer<ByteScale>, _ destination: MutableInt8x4Plane, _ begin: Int,
    _ end: Int
) {
    let magic = splat(roundingMagic), low = magic, high = splat(roundingMagic + 255)
    /// A quotient that is far out, or no number, is bounded first: then the magic can round it.
    @inline(always) func place(_ index: Int, _ i: Int) -> Vector {
        let quotient = load(planes[index] + i) / splat(scales[index].scale), least = splat(-100_000)
        let number = smaller(least.replacing(with: quotient, where: quotient .> least), splat(100_000))
        return ((number + magic) - magic) + splat(Float(scales[index].zeroPoint)) + magic
    }
    var i = begin
    while i < end {
        let words = joined(place(0, i), place(1, i), place(2, i), place(3, i), low, high)
        storeWords(words, destination + i, first: end - i)
        i += lanes
    }
}

@inline(never) func dequantize(
    _ source: Int8x4Plane, _ index: Int, _ scale: ByteScale, _ destination: MutablePlane, _ count: Int
) {
    let zero = splatWord(scale.zeroPoint), factor = splat(scale.scale)
    var i = 0
    while i < count {
        store(toFloat(channel(loadWords(source + i), index) &- zero) * factor, destination + i, first: count - i)
        i += lanes
    }
}

@inline(never) func lookUp(
    _ source: Int8x4Plane, _ table: UnsafePointer<UInt8>, _ destination: MutableInt8x4Plane, _ count: Int
) {
    var i = 0
    while i < count {
        storeWords(lookedUp(loadWords(source + i), table), destination + i, first: count - i)
        i += lanes
    }
}

@inline(never) func addQuantized(
    _ left: Int8x4Plane, _ right: Int8x4Plane, _ addition: QuantizedAddition, _ destination: MutableInt8x4Plane,
    _ count: Int
) {
    let leftFactor = splat(addition.leftFactor), rightFactor = splat(addition.rightFactor)
    let offset = splat(addition.offset), magic = splat(roundingMagic)
    let low = splat(addition.low + roundingMagic), high = splat(addition.high + roundingMagic)
    @inline(always) func sum(_ a: IntVector, _ b: IntVector, _ index: Int) -> Vector {
        let right = toFloat(channel(b, index)) * rightFactor + offset
        return (toFloat(channel(a, index)) * leftFactor + right) + magic
    }
    var i = 0
    while i < count {
        let a = loadWords(left + i), b = loadWords(right + i)
        let words = joined(sum(a, b, 0), sum(a, b, 1), sum(a, b, 2), sum(a, b, 3), low, high)
        storeWords(words, destination + i, first: count - i)
        i += lanes
    }
}

@inline(always) private func largerBytes(_ a: IntVector, _ b: IntVector) -> IntVector {
    #if KERNELS_V4
    CKernels_largerBytes16(a, b)
    #elseif KERNELS_V3
    CKernels_largerBytes8(a, b)
    #else
    CKernels_largerBytes4(a, b)
    #endif
}

@inline(never) func largest(
    _ taps: UnsafePointer<Int8x4Plane>, _ tapCount: Int, _ destination: MutableInt8x4Plane, _ count: Int
) {
    var i = 0
    while i < count {
        var most = splatWord(0)
        for tap in 0..<tapCount { most = largerBytes(most, loadWords(taps[tap] + i)) }
        storeWords(most, destination + i, first: count - i)
        i += lanes
    }
}

@inline(never) func gather(
    _ blocks: UnsafePointer<Int8x4Plane>, _ channels: UnsafePointer<UInt8>, _ destination: MutableInt8x4Plane,
    _ count: Int
) {
    @inline(always) func picked(_ index: Int, _ i: Int) -> IntVector {
        channel(loadWords(blocks[index] + i), Int(channels[index])) &<< splatWord(Int32(8 * index))
    }
    var i = 0
    while i < count {
        storeWords(picked(0, i) | picked(1, i) | picked(2, i) | picked(3, i), destination + i, first: count - i)
        i += lanes
    }
}

func quantizedKernels() -> QuantizedKernels {
    QuantizedKernels(
        blockPixels: quantizedColumns * lanes,
        packedWords: packedQuantizedWords, pack: packQuantized, convolvePixels: convolveQuantizedPixels,
        convolveRows: convolveQuantizedRows, quantize: quantize, dequantize: dequantize, lookUp: lookUp,
        add: addQuantized, largest: largest, gather: gather)
}
