import KernelTypes

// Depthwise windows without a strip of their own: large ones, dilated ones, flat ones.
//
// The plane is copied into a scratch with its padding and its columns sorted by stride (`TapLayout`), so that one tap of a
// run of output pixels is a run of the scratch, and nothing is masked, whatever the window.
//
// A tile is eight vectors of sums: four rows at two places, which are neighbours in a row, or four rows apart in the last
// columns. With stride 1 the four rows are `dilationY` apart, so that they share the input rows: a loaded vector serves up
// to four sums, and a weight serves both places. Rows go in pairs, since each row's window begins one input row later:
// a pair reads one row of the window more than it has, with weights of 0. Per tap and tile that is 2 loads and 8 fused
// multiply-adds, (height + 1) / height times what is needed: the peak is that share of the processor's.

/// One channel in the scratch, and its window.
struct TapPlane {
    var pixels: Plane
    var rows: Int
    var pitch: Int
    /// Weight (0, 0). A row of zeros lies before it and behind the last row.
    var weights: UnsafePointer<Float>
    var bias: Float
    /// Of each tap of a row, in floats.
    var offsets: UnsafePointer<Int>
    var window: Window
    var low: Float
    var high: Float

    /// Rows behind the end are read as the last one: their sums are not stored.
    @inline(always) func row(_ y: Int, _ column: Int) -> Plane { pixels + min(y, rows - 1) * pitch + column }
}

/// Where four vectors of sums, one below the other, read and write.
struct TapPlace {
    /// Row of the scratch under the first row of the window for the first sum.
    var row: Int
    var column: Int
    var output: MutablePlane
    /// Floats from one sum's output to the next one's.
    var outputStep: Int
    /// How many of the four rows there are, and lanes of each.
    var rows: Int
    var count: Int

    @inline(always) func put(_ row: Int, _ sum: Vector, _ low: Vector, _ high: Vector) {
        guard row < rows else { return }
        store(clamped(sum, low, high), output + row * outputStep, first: count)
    }
}

struct TapSums {
    var a0, a1, a2, a3, b0, b1, b2, b3: Vector

    @inline(always) init(_ bias: Float) {
        a0 = splat(bias)
        a1 = a0
        a2 = a0
        a3 = a0
        b0 = a0
        b1 = a0
        b2 = a0
        b3 = a0
    }

    /// The first two rows of both places: `w` is the weight for the first one, `step` before it lies that for the second.
    @inline(always) mutating func addUpper(_ a: Vector, _ b: Vector, _ w: UnsafePointer<Float>, _ step: Int) {
        let first = splat(w[0]), second = splat((w - step)[0])
        a0 = multiplyAdd(a, first, a0)
        b0 = multiplyAdd(b, first, b0)
        a1 = multiplyAdd(a, second, a1)
        b1 = multiplyAdd(b, second, b1)
    }

    /// The other two.
    @inline(always) mutating func addLower(_ a: Vector, _ b: Vector, _ w: UnsafePointer<Float>, _ step: Int) {
        let third = splat((w - 2 * step)[0]), fourth = splat((w - 3 * step)[0])
        a2 = multiplyAdd(a, third, a2)
        b2 = multiplyAdd(b, third, b2)
        a3 = multiplyAdd(a, fourth, a3)
        b3 = multiplyAdd(b, fourth, b3)
    }

    @inline(always) func put(_ plane: TapPlane, _ a: TapPlace, _ b: TapPlace) {
        let low = splat(plane.low), high = splat(plane.high)
        a.put(0, a0, low, high)
        a.put(1, a1, low, high)
        a.put(2, a2, low, high)
        a.put(3, a3, low, high)
        b.put(0, b0, low, high)
        b.put(1, b1, low, high)
        b.put(2, b2, low, high)
        b.put(3, b3, low, high)
    }
}

/// Stride 1 in y: the four rows of a place are `dilationY` apart and share their input rows.
@inline(never) func tapTileShared(_ plane: TapPlane, _ a: TapPlace, _ b: TapPlace) {
    let height = plane.window.kernelHeight, width = plane.window.kernelWidth, gap = plane.window.dilationY
    let offsets = plane.offsets
    var sums = TapSums(plane.bias)
    var w = plane.weights
    for y in 0..<2 {
        let p = plane.row(a.row + y * gap, a.column), q = plane.row(b.row + y * gap, b.column)
        for x in 0..<width { sums.addUpper(load(p + offsets[x]), load(q + offsets[x]), w + x, width) }
        w += width
    }
    var y = 2
    while y <= height {
        let p = plane.row(a.row + y * gap, a.column), q = plane.row(b.row + y * gap, b.column)
        for x in 0..<width {
            let v = load(p + offsets[x]), u = load(q + offsets[x])
            sums.addUpper(v, u, w + x, width)
            sums.addLower(v, u, w + x, width)
        }
        w += width
        y += 1
    }
    for y in (height + 1)..<(height + 3) {
        let p = plane.row(a.row + y * gap, a.column), q = plane.row(b.row + y * gap, b.column)
        for x in 0..<width { sums.addLower(load(p + offsets[x]), load(q + offsets[x]), w + x, width) }
        w += width
    }
    sums.put(plane, a, b)
}

/// Any stride: each row of a place reads its own input rows, and a weight serves all eight sums.
@inline(never) func tapTileApart(_ plane: TapPlane, _ a: TapPlace, _ b: TapPlace) {
    let width = plane.window.kernelWidth, step = plane.window.strideY
    var sums = TapSums(plane.bias)
    var w = plane.weights
    for ky in 0..<plane.window.kernelHeight {
        let y = a.row + ky * plane.window.dilationY, z = b.row + ky * plane.window.dilationY
        let p0 = plane.row(y, a.column), p1 = plane.row(y + step, a.column)
        let p2 = plane.row(y + 2 * step, a.column), p3 = plane.row(y + 3 * step, a.column)
        let q0 = plane.row(z, b.column), q1 = plane.row(z + step, b.column)
        let q2 = plane.row(z + 2 * step, b.column), q3 = plane.row(z + 3 * step, b.column)
        for x in 0..<width {
            let weight = splat(w[x]), at = plane.offsets[x]
            sums.a0 = multiplyAdd(load(p0 + at), weight, sums.a0)
            sums.a1 = multiplyAdd(load(p1 + at), weight, sums.a1)
            sums.a2 = multiplyAdd(load(p2 + at), weight, sums.a2)
            sums.a3 = multiplyAdd(load(p3 + at), weight, sums.a3)
            sums.b0 = multiplyAdd(load(q0 + at), weight, sums.b0)
            sums.b1 = multiplyAdd(load(q1 + at), weight, sums.b1)
            sums.b2 = multiplyAdd(load(q2 + at), weight, sums.b2)
            sums.b3 = multiplyAdd(load(q3 + at), weight, sums.b3)
        }
        w += width
    }
    sums.put(plane, a, b)
}

/// The parts of the scratch of one thread.
struct TapScratch {
    let layout: TapLayout
    let offsetFloats: Int
    let weightFloats: Int

    @inline(always) init(_ window: Window) {
        layout = TapLayout(window)
        offsetFloats = (window.kernelWidth * MemoryLayout<Int>.stride / MemoryLayout<Float>.stride + 15) & ~15
        weightFloats = ((window.kernelHeight + 2) * window.kernelWidth + 15) & ~15
    }

    /// The last row is read in whole vectors.
    @inline(always) var floats: Int { offsetFloats + weightFloats + layout.channelFloats + 2 * lanes }
}

@inline(never) func depthwiseScratchFloats(_ window: Window) -> Int {
    hasStrip(window) ? 0 : TapScratch(window).floats
}

/// Channels by tiles of taps. Of the activations only a clamp is applied.
@inline(never) func tapPlanes(
    _ convolution: DepthwiseConvolution, _ channels: Range<Int>, _ rows: Range<Int>, _ scratch: MutablePlane
) {
    let window = convolution.window, parts = TapScratch(window), layout = parts.layout
    let taps = window.kernelHeight * window.kernelWidth
    let offsets = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Int.self)
    for x in 0..<window.kernelWidth { offsets[x] = layout.offset(0, x) }
    let weights = scratch + parts.offsetFloats, pixels = weights + parts.weightFloats
    fill(weights, parts.weightFloats + (window.strideX == 1 ? layout.channelFloats : 0), 0)
    let clamps = convolution.activation.isClamp
    var plane = TapPlane(
        pixels: pixels, rows: layout.rows, pitch: layout.pitch, weights: weights + window.kernelWidth, bias: 0,
        offsets: offsets, window: window, low: clamps ? convolution.activation.a : -.infinity,
        high: clamps ? convolution.activation.b : .infinity)
    for channel in channels {
        let own = convolution.weights + channel * taps
        for tap in 0..<taps { weights[window.kernelWidth + tap] = own[tap] }
        plane.bias = convolution.bias[channel]
        if window.strideX == 1 {
            spreadInside(convolution.inputs[channel], pixels, layout)
        } else {
            im2col(convolution.inputs[channel], 0, pixels, layout)
        }
        tapPlane(plane, convolution.outputs[channel], rows)
    }
}

/// Stride 1: what is inside of the padding, which stays from channel to channel.
@inline(always) func spreadInside(_ input: Plane, _ scratch: MutablePlane, _ layout: TapLayout) {
    let window = layout.window
    let left = max(0, -window.padLeft), count = min(window.inputWidth, layout.pitch - window.padLeft) - left
    for y in max(0, -window.padTop)..<max(0, -window.padTop, min(window.inputHeight, layout.rows - window.padTop)) {
        copyRun(
            input + y * window.inputWidth + left, scratch + (y + window.padTop) * layout.pitch + left + window.padLeft,
            count)
    }
}

/// All tiles of one channel.
@inline(always) func tapPlane(_ plane: TapPlane, _ output: MutablePlane, _ rows: Range<Int>) {
    let window = plane.window, width = window.outputWidth
    // Flat windows have no rows to share.
    let shares = window.strideY == 1 && window.kernelHeight > 2
    let gap = shares ? window.dilationY : 1
    for first in rows.lowerBound..<min(rows.upperBound, rows.lowerBound + gap) {
        var column = 0
        while column < width {
            let isPair = width - column > lanes
            var y = first
            while y < rows.upperBound {
                let left = (rows.upperBound - y + gap - 1) / gap
                let a = TapPlace(
                    row: y * window.strideY, column: column, output: output + y * width + column,
                    outputStep: gap * width, rows: min(left, 4), count: min(width - column, lanes))
                var b = a
                if isPair {
                    b.column += lanes
                    b.output += lanes
                    b.count = min(width - column - lanes, lanes)
                } else {
                    b.row += 4 * gap * window.strideY
                    b.output += 4 * gap * width
                    b.rows = min(left - 4, 4)
                }
                if shares { tapTileShared(plane, a, b) } else { tapTileApart(plane, a, b) }
                y += (isPair ? 4 : 8) * gap
            }
            column += isPair ? 2 * lanes : lanes
        }
    }
}
