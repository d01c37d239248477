import KernelTypes

// With the transform of the inputs B, of the outputs A:
//
//       | 1  0 -1  0 |        | 1  1  1  0 |
//   B = | 0  1  1  0 |    A = | 0  1 -1 -1 |
//       | 0 -1  1  0 |
//       | 0  1  0 -1 |
//
// a tile of inputs d becomes B d Bt, and the sums m become the outputs A m At.

/// Transforms one input channel of a strip.
@inline(never) func winogradInput(
    _ input: Plane, _ strip: WinogradStrip, _ scratch: MutablePlane, _ transformed: MutablePlane,
    _ positionFloats: Int
) {
    let first = scratch + strip.lineFloats, rowFloats = 4 * strip.rowPitch
    for row in 0..<(2 * strip.rows + 2) {
        winogradInputRow(input, strip, 2 * strip.firstRow + row, scratch, first + row * rowFloats)
    }
    for row in 0..<strip.rows {
        winogradInputColumns(
            first + 2 * row * rowFloats, strip, transformed + row * strip.columns, positionFloats)
    }
}

/// Row `row` of the padded input along x: four lines, one for each column of the transformed tiles.
@inline(always) func winogradInputRow(
    _ input: Plane, _ strip: WinogradStrip, _ row: Int, _ line: MutablePlane, _ to: MutablePlane
) {
    let window = strip.window, pitch = strip.rowPitch, y = row - window.padTop
    guard y >= 0 && y < window.inputHeight else { return fill(to, 4 * pitch, 0) }
    im2colRow(
        input + y * window.inputWidth - window.padLeft, Im2colRun(window, -window.padLeft, strip.lineFloats, 0), line, 1
    )
    var tile = 0
    while tile < strip.columns {
        let a = load(line + 2 * tile), b = load(line + 2 * tile + lanes)
        let c = load(line + 2 * tile + 2), d = load(line + 2 * tile + lanes + 2)
        let (x0, x1, x2, x3) = (evens(a, b), odds(a, b), evens(c, d), odds(c, d))
        putTransformed(x0, x1, x2, x3, to + tile, pitch)
        tile += lanes
    }
}

/// Four inputs of some tiles in a row or a column, times B.
@inline(always) func putTransformed(
    _ x0: Vector, _ x1: Vector, _ x2: Vector, _ x3: Vector, _ to: MutablePlane, _ step: Int
) {
    store(x0 - x2, to)
    store(x1 + x2, to + step)
    store(x2 - x1, to + 2 * step)
    store(x1 - x3, to + 3 * step)
}

/// Four rows that are transformed along x become a row of tiles, transformed along y as well. What is written behind its end is
/// the beginning of the next row or channel, which comes later.
@inline(always) func winogradInputColumns(
    _ rows: MutablePlane, _ strip: WinogradStrip, _ to: MutablePlane, _ positionFloats: Int
) {
    let rowPitch = strip.rowPitch, rowFloats = 4 * rowPitch, down = 4 * positionFloats
    for column in 0..<4 {
        let from = rows + column * rowPitch, to = to + column * positionFloats
        var tile = 0
        while tile < strip.columns {
            let x0 = load(from + tile), x1 = load(from + rowFloats + tile)
            let x2 = load(from + 2 * rowFloats + tile), x3 = load(from + 3 * rowFloats + tile)
            putTransformed(x0, x1, x2, x3, to + tile, down)
            tile += lanes
        }
    }
}

/// The outputs of one channel of a strip, with everything that comes behind the sums; the bias is in them already.
@inline(never) func winogradOutput(
    _ sums: Plane, _ positionFloats: Int, _ strip: WinogradStrip, _ convolution: PointwiseConvolution, _ channel: Int
) {
    let window = strip.window, clamps = convolution.activation.isClamp
    var ending = WinogradEnding(
        low: splat(clamps ? convolution.activation.a : -.infinity),
        high: splat(clamps ? convolution.activation.b : .infinity))
    if let initial = convolution.initial { ending.initial = initial[channel] }
    let first = 2 * strip.firstRow, end = min(window.outputHeight, first + 2 * strip.rows)
    for row in 0..<strip.rows {
        winogradOutputRow(
            sums + row * strip.columns, positionFloats, strip, ending, convolution.outputs[channel], first + 2 * row)
    }
    if !clamps || convolution.residual != nil {
        finish(convolution, channel, 1, first * window.outputWidth, (end - first) * window.outputWidth)
    }
}

struct WinogradEnding {
    var low: Vector
    var high: Vector
    var initial: Plane?

    @inline(always) init(low: Vector, high: Vector) {
        self.low = low
        self.high = high
    }

    /// The first `count` of two vectors of pixels that lie in turn in `even` and `odd`.
    @inline(always) func put(_ even: Vector, _ odd: Vector, _ output: MutablePlane, _ offset: Int, _ count: Int) {
        var (a, b) = (zipLow(even, odd), zipHigh(even, odd))
        if let initial {
            a += load(initial + offset)
            b += load(initial + offset + lanes)
        }
        store(clamped(a, low, high), output + offset, first: count)
        if count > lanes { store(clamped(b, low, high), output + offset + lanes, first: count - lanes) }
    }
}

/// Output rows y and y + 1.
@inline(always) func winogradOutputRow(
    _ sums: Plane, _ pitch: Int, _ strip: WinogradStrip, _ ending: WinogradEnding, _ output: MutablePlane, _ y: Int
) {
    let width = strip.window.outputWidth, hasSecond = y + 1 < strip.window.outputHeight
    var tile = 0
    while tile < strip.columns {
        let a = WinogradColumn(sums + tile, pitch), b = WinogradColumn(sums + pitch + tile, pitch)
        let c = WinogradColumn(sums + 2 * pitch + tile, pitch), d = WinogradColumn(sums + 3 * pitch + tile, pitch)
        let at = y * width + 2 * tile, left = width - 2 * tile
        ending.put(a.upper + b.upper + c.upper, b.upper - c.upper - d.upper, output, at, left)
        if hasSecond {
            ending.put(a.lower + b.lower + c.lower, b.lower - c.lower - d.lower, output, at + width, left)
        }
        tile += lanes
    }
}

/// A column of the sums of some tiles, transformed along y.
struct WinogradColumn {
    var upper: Vector
    var lower: Vector

    @inline(always) init(_ sums: Plane, _ pitch: Int) {
        let m0 = load(sums), m1 = load(sums + 4 * pitch), m2 = load(sums + 8 * pitch), m3 = load(sums + 12 * pitch)
        upper = m0 + m1 + m2
        lower = m1 - m2 - m3
    }
}
