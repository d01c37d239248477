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

/// `lanes` rows of `lanes` floats become columns; the steps are in floats.
@inline(always) func transpose(_ from: Plane, _ fromStep: Int, _ to: MutablePlane, _ toStep: Int) {
    #if KERNELS_V4
    CKernels_transpose16(from, fromStep, to, toStep)
    #elseif KERNELS_V3
    CKernels_transpose8(from, fromStep, to, toStep)
    #else
    CKernels_transpose4(from, fromStep, to, toStep)
    #endif
}

#if KERNELS_V4
private typealias Halves = SIMD32<UInt16>
#elseif KERNELS_V3
private typealias Halves = SIMD16<UInt16>
#else
private typealias Halves = SIMD8<UInt16>
#endif

/// `4 * lanes` bytes as 16-bit numbers, times 256. Instructions that interleave bytes with zeros do so within sixteen.
private struct WideBytes {
    /// The first eight of each sixteen bytes, and the last eight.
    let first: Halves
    let last: Halves

    @inline(always) init(_ p: UnsafePointer<UInt8>) {
        #if KERNELS_V4
        (first, last) = (CKernels_firstEights32(p), CKernels_lastEights32(p))
        #elseif KERNELS_V3
        (first, last) = (CKernels_firstEights16(p), CKernels_lastEights16(p))
        #else
        (first, last) = (CKernels_firstEights8(p), CKernels_lastEights8(p))
        #endif
    }
}

@inline(always) private func multiplyHigh(_ a: Halves, _ b: Halves) -> Halves {
    #if KERNELS_V4
    CKernels_multiplyHigh32(a, b)
    #elseif KERNELS_V3
    CKernels_multiplyHigh16(a, b)
    #else
    CKernels_multiplyHigh8(a, b)
    #endif
}

/// `4 * lanes` columns at a time: their sums stay in registers, and all lanes' sums in the first-level cache until they
/// are turned.
@inline(never) func weighRows(_ rows: PictureRows, _ count: Int, _ wide: MutablePlane, _ scratch: MutablePlane) {
    let group = 4 * lanes
    let sums = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UInt16.self)
    var i = 0
    while i < count {
        for lane in 0..<lanes {
            let weights = rows.weights + lane * rows.taps
            var taps = rows.taps
            while taps > 0, weights[taps - 1] == 0 { taps -= 1 }
            let first = rows.bytes + Int(rows.starts[lane]) * rows.stride + i
            weighGroup(first, rows.stride, weights, taps, sums + lane * group)
        }
        turnGroup(sums, wide + i * lanes)
        i += group
    }
}

@inline(always) private func weighGroup(
    _ first: UnsafePointer<UInt8>, _ stride: Int, _ weights: UnsafePointer<UInt16>, _ taps: Int,
    _ sums: UnsafeMutablePointer<UInt16>
) {
    var firsts = Halves(repeating: UInt16(truncatingIfNeeded: min(taps / 2, 255))), lasts = firsts
    if taps == 1 {
        let bytes = WideBytes(first)
        (firsts, lasts) = (bytes.first, bytes.last)
    } else {
        var row = first
        for tap in 0..<taps {
            let bytes = WideBytes(row), weight = Halves(repeating: weights[tap])
            firsts = firsts &+ multiplyHigh(bytes.first, weight)
            lasts = lasts &+ multiplyHigh(bytes.last, weight)
            row += stride
        }
    }
    UnsafeMutableRawPointer(sums).storeBytes(of: firsts, as: Halves.self)
    UnsafeMutableRawPointer(sums + 2 * lanes).storeBytes(of: lasts, as: Halves.self)
}

/// `lanes` rows of sums become columns: half of them first, of each sixteen the first eight, then the other half.
@inline(always) private func turnGroup(_ sums: UnsafePointer<UInt16>, _ wide: MutablePlane) {
    let pairs = UnsafeRawPointer(sums).assumingMemoryBound(to: UInt32.self)
    #if KERNELS_V4
    CKernels_turnPairs16(pairs, 2 * lanes, wide)
    CKernels_turnPairs16(pairs + lanes, 2 * lanes, wide + 8 * lanes)
    #elseif KERNELS_V3
    CKernels_turnPairs8(pairs, 2 * lanes, wide)
    CKernels_turnPairs8(pairs + lanes, 2 * lanes, wide + 8 * lanes)
    #else
    CKernels_turnPairs4(pairs, 2 * lanes, wide)
    CKernels_turnPairs4(pairs + lanes, 2 * lanes, wide + 8 * lanes)
    #endif
}

/// Blocks of `lanes` columns: picked, coloured, turned back into rows.
@inline(never) func writeColors(_ columns: PictureColumns, _ rows: Int, _ count: Int, _ scratch: MutablePlane) {
    let (first, second, third) = columns.components
    let block = lanes * lanes
    var x = 0
    while x < count {
        let width = min(lanes, count - x)
        pick(first, x, width, scratch)
        if !columns.isGray {
            pick(second, x, width, scratch + block)
            pick(third, x, width, scratch + 2 * block)
        }
        color(
            columns, width, scratch, scratch + (columns.isGray ? 0 : block), scratch + (columns.isGray ? 0 : 2 * block))
        turn(scratch, columns.planes.0 + x, columns.rowStep, rows, width)
        turn(scratch + block, columns.planes.1 + x, columns.rowStep, rows, width)
        turn(scratch + 2 * block, columns.planes.2 + x, columns.rowStep, rows, width)
        x += lanes
    }
}

@inline(always) private func pick(_ component: ComponentColumns, _ begin: Int, _ count: Int, _ picked: MutablePlane) {
    let step = component.step * lanes, taps = component.taps
    var weights = component.weights + begin * taps
    for i in 0..<count {
        var source = component.wide + Int(component.starts[begin + i]) * step
        var sum = splat(0)
        for tap in 0..<taps {
            sum = multiplyAdd(splat(weights[tap]), load(source), sum)
            source += step
        }
        store(sum, picked + i * lanes)
        weights += taps
    }
}

/// In place: three components become three colours.
@inline(always) private func color(
    _ columns: PictureColumns, _ count: Int, _ colors: MutablePlane, _ second: Plane, _ third: Plane
) {
    let (red, green, blue) = columns.formulas
    let block = lanes * lanes
    for i in 0..<count {
        let a = load(colors + i * lanes), b = load(second + i * lanes), c = load(third + i * lanes)
        store(colored(red, a, b, c), colors + i * lanes)
        store(colored(green, a, b, c), colors + block + i * lanes)
        store(colored(blue, a, b, c), colors + 2 * block + i * lanes)
    }
}

@inline(always) private func colored(_ formula: ColorFormula, _ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    var value = multiplyAdd(a, splat(formula.first), splat(formula.offset))
    value = multiplyAdd(b, splat(formula.second), value)
    value = multiplyAdd(c, splat(formula.third), value)
    value = clamped(value, splat(0), splat(255))
    return multiplyAdd(value, splat(formula.gain), splat(formula.bias))
}

/// Of a block of columns the first `rows` and `columns`, as rows.
@inline(always) private func turn(
    _ block: MutablePlane, _ to: MutablePlane, _ rowStep: Int, _ rows: Int, _ columns: Int
) {
    if rows == lanes, columns == lanes { return transpose(block, lanes, to, rowStep) }
    transpose(block, lanes, block, lanes)
    for row in 0..<rows { store(load(block + row * lanes), to + row * rowStep, first: columns) }
}

@inline(never) func pictureKernels() -> PictureKernels {
    PictureKernels(
        weighRows: weighRows, writeColors: writeColors, widen: widen, meanCells: meanCells, follow: follow)
}
