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

/// Four vectors of columns at a time: their sums stay in registers, and all lanes' sums in the first-level cache until
/// they are turned.
@inline(never) func weighRows(_ rows: PictureRows, _ count: Int, _ wide: MutablePlane, _ scratch: MutablePlane) {
    let group = 4 * lanes
    var i = 0
    while i < count {
        for lane in 0..<lanes {
            let weights = rows.weights + lane * rows.taps
            var taps = rows.taps
            while taps > 0, weights[taps - 1] == 0 { taps -= 1 }
            weighGroup(
                rows.bytes + Int(rows.starts[lane]) * rows.stride + i, rows.stride, weights, taps,
                scratch + lane * group)
        }
        for part in 0..<4 {
            transpose(scratch + part * lanes, group, wide + (i + part * lanes) * lanes, lanes)
        }
        i += group
    }
}

@inline(always) private func weighGroup(
    _ first: UnsafePointer<UInt8>, _ stride: Int, _ weights: UnsafePointer<Float>, _ taps: Int, _ sums: MutablePlane
) {
    var a = splat(0), b = splat(0), c = splat(0), d = splat(0)
    var row = first
    for tap in 0..<taps {
        let weight = splat(weights[tap])
        a = multiplyAdd(weight, fromBytes(row), a)
        b = multiplyAdd(weight, fromBytes(row + lanes), b)
        c = multiplyAdd(weight, fromBytes(row + 2 * lanes), c)
        d = multiplyAdd(weight, fromBytes(row + 3 * lanes), d)
        row += stride
    }
    store(a, sums)
    store(b, sums + lanes)
    store(c, sums + 2 * lanes)
    store(d, sums + 3 * lanes)
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
    value = smaller(larger(value, splat(0)), splat(255))
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
