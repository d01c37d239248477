import CKernels
import KernelTypes

// A strip is one vector of output columns; it walks down the rows with a rolling set of sums, so that each input row is
// loaded once per strip and the weights stay in registers.
//
// A plane's last columns are a split strip when they are at most half a vector: its lower lanes walk down the upper half of
// the rows, its upper lanes the lower half.

/// Which lanes of a tap lie inside of the input: `0 <= column < width` for the columns that the lanes see.
@inline(always) func insideMask(_ first: Int, _ step: Int, _ width: Int, _ split: Bool) -> LaneMask {
    let lane = split ? laneNumbers & IntVector(repeating: Int32(lanes / 2 - 1)) : laneNumbers
    let column =
        lane &* IntVector(repeating: Int32(truncatingIfNeeded: step))
        &+ IntVector(repeating: Int32(truncatingIfNeeded: first))
    return (column .>= IntVector(repeating: 0)) .& (column .< IntVector(repeating: Int32(truncatingIfNeeded: width)))
}

@inline(always) func keep(_ v: Vector, _ mask: LaneMask) -> Vector { splat(0).replacing(with: v, where: mask) }

struct TapMasks3 {
    let m0, m1, m2: LaneMask

    @inline(always) init(_ strip: Strip, _ stride: Int, _ split: Bool) {
        m0 = insideMask(strip.firstColumn, stride, strip.inputWidth, split)
        m1 = insideMask(strip.firstColumn + 1, stride, strip.inputWidth, split)
        m2 = insideMask(strip.firstColumn + 2, stride, strip.inputWidth, split)
    }
}

/// One input row as the three taps of a strip see it.
struct Taps3 {
    var t0, t1, t2: Vector

    /// Only at an edge are there lanes to mask.
    @inline(always) init(_ rows: StripRows, _ stride: Int, _ mask: TapMasks3, _ edge: Bool, _ split: Bool) {
        if stride == 1 {
            t0 = rows.tap(0, split)
            t1 = rows.tap(1, split)
            t2 = rows.tap(2, split)
        } else {
            let pair = rows.pair(0, split), next = rows.pair(2, split)
            t0 = evens(pair.a, pair.b)
            t1 = odds(pair.a, pair.b)
            t2 = evens(next.a, next.b)
        }
        guard edge else { return }
        t0 = keep(t0, mask.m0)
        t1 = keep(t1, mask.m1)
        t2 = keep(t2, mask.m2)
    }

    @inline(always) func dot(
        _ w0: Vector, _ w1: Vector, _ w2: Vector, _ sum: Vector
    ) -> Vector {
        multiplyAdd(t2, w2, multiplyAdd(t1, w1, multiplyAdd(t0, w0, sum)))
    }
}

/// Where a strip reads and writes.
struct Strip {
    var input: Plane
    var inputHeight: Int
    var inputWidth: Int
    /// Input row under tap 0 of output row 0: minus the top padding.
    var firstRow: Int
    /// Input column under tap 0 of lane 0.
    var firstColumn: Int
    var output: MutablePlane
    var outputWidth: Int
    /// Lanes that exist, and the first row that may not write more than those.
    var count: Int
    var firstPartialRow: Int
    var rowBegin: Int
    var rowEnd: Int
    /// Of a split strip: how many rows the upper lanes are below the lower ones.
    var apart = 0
    var low: Float
    var high: Float
    /// Of a leakyRelu; 1 for none.
    var slope: Float
}

/// Where a strip's next row of input begins: the pixel under tap 0 of lane 0, and of a split strip that of its upper half.
struct StripRows {
    var p: Plane
    var q: Plane

    /// Stride 1: tap number `k` of all lanes.
    @inline(always) func tap(_ k: Int, _ split: Bool) -> Vector { split ? joined(p + k, q + k) : load(p + k) }

    /// Stride 2: the pixels whose even ones are tap `k` of all lanes.
    @inline(always) func pair(_ k: Int, _ split: Bool) -> (a: Vector, b: Vector) {
        (load(p + k), split ? load(q + k) : load(p + k + lanes))
    }
}

/// Walks down the input, row by row.
struct StripReader {
    private var y: Int
    private var at: Plane
    private let height: Int
    private let width: Int
    private let zeros: Plane
    private let apart: Int

    @inline(always) init(_ strip: Strip, _ stride: Int) {
        y = strip.firstRow + strip.rowBegin * stride
        at = strip.input + y * strip.inputWidth + strip.firstColumn
        height = strip.inputHeight
        width = strip.inputWidth
        zeros = CKernels_zeroRow()
        apart = strip.apart * stride
    }

    /// The next row from the strip's first column, or zeros outside of the plane. The masks hide the columns outside.
    @inline(always) mutating func next(_ split: Bool) -> StripRows {
        let p = UInt(bitPattern: y) < UInt(bitPattern: height) ? at : zeros
        var q = p
        if split { q = UInt(bitPattern: y + apart) < UInt(bitPattern: height) ? at + apart * width : zeros }
        y += 1
        at += width
        return StripRows(p: p, q: q)
    }
}

/// Walks down the output.
struct StripWriter {
    private var row: Int
    private var at: MutablePlane
    private let width: Int
    private let count: Int
    private let firstPartialRow: Int
    private let apart: Int
    private let low: Float
    private let high: Float
    private let slope: Float

    @inline(always) init(_ strip: Strip) {
        row = strip.rowBegin
        at = strip.output + row * strip.outputWidth
        width = strip.outputWidth
        count = strip.count
        firstPartialRow = strip.firstPartialRow
        apart = strip.apart * width
        low = strip.low
        high = strip.high
        slope = strip.slope
    }

    @inline(always) mutating func put(_ sum: Vector, _ split: Bool) {
        let bent = apply(.leakyRelu, sum, splat(slope), splat(slope))
        let value = clamped(bent, splat(low), splat(high))
        if split {
            storeHalves(value, at, at + apart)
        } else {
            // What overruns a narrow plane's row is overwritten by the rows that follow, except where none follows.
            store(value, at, first: row < firstPartialRow ? lanes : count)
        }
        row += 1
        at += width
    }
}

@inline(always) func strip3(
    _ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float, _ stride: Int, _ edge: Bool, _ split: Bool = false
) {
    let w0 = splat(w[0]), w1 = splat(w[1]), w2 = splat(w[2])
    let w3 = splat(w[3]), w4 = splat(w[4]), w5 = splat(w[5])
    let w6 = splat(w[6]), w7 = splat(w[7]), w8 = splat(w[8]), start = splat(bias)
    let mask = TapMasks3(strip, stride, split)
    var reader = StripReader(strip, stride), writer = StripWriter(strip)
    let first = Taps3(reader.next(split), stride, mask, edge, split)
    var upper = first.dot(w0, w1, w2, start)
    if stride == 1 {
        let second = Taps3(reader.next(split), 1, mask, edge, split)
        upper = second.dot(w3, w4, w5, upper)
        var lower = second.dot(w0, w1, w2, start)
        for _ in strip.rowBegin..<strip.rowEnd {
            let taps = Taps3(reader.next(split), 1, mask, edge, split)
            writer.put(taps.dot(w6, w7, w8, upper), split)
            upper = taps.dot(w3, w4, w5, lower)
            lower = taps.dot(w0, w1, w2, start)
        }
    } else {
        for _ in strip.rowBegin..<strip.rowEnd {
            let middle = Taps3(reader.next(split), stride, mask, edge, split)
            let last = Taps3(reader.next(split), stride, mask, edge, split)
            writer.put(last.dot(w6, w7, w8, middle.dot(w3, w4, w5, upper)), split)
            upper = last.dot(w0, w1, w2, start)
        }
    }
}

@inline(never) func strip3Stride1(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip3(strip, w, bias, 1, false)
}

@inline(never) func strip3Stride1Edge(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip3(strip, w, bias, 1, true)
}

@inline(never) func strip3Stride2(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip3(strip, w, bias, 2, false)
}

@inline(never) func strip3Stride2Edge(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip3(strip, w, bias, 2, true)
}

@inline(never) func strip3Stride1Split(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip3(strip, w, bias, 1, true, true)
}

@inline(never) func strip3Stride2Split(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip3(strip, w, bias, 2, true, true)
}

/// Whether `runStrip` knows the window.
@inline(always) func hasStrip(_ window: Window) -> Bool {
    window.dilationX == 1 && window.dilationY == 1 && (window.kernelWidth == 3 || window.kernelWidth == 5)
        && window.kernelHeight == window.kernelWidth && (window.strideX == 1 || window.strideX == 2)
        && window.strideY == window.strideX
        // What a strip reads beside the plane must stay within PlaneGuard.
        && window.padLeft <= 4 && (window.outputWidth - 1) * window.strideX - window.padLeft < window.inputWidth
}

@inline(always) func runStrip(
    _ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float, _ size: Int, _ stride: Int, _ edge: Bool
) {
    switch (size, stride, edge) {
    case (3, 1, false): strip3Stride1(strip, w, bias)
    case (3, 1, true): strip3Stride1Edge(strip, w, bias)
    case (3, _, false): strip3Stride2(strip, w, bias)
    case (3, _, true): strip3Stride2Edge(strip, w, bias)
    case (_, 1, false): strip5Stride1(strip, w, bias)
    case (_, 1, true): strip5Stride1Edge(strip, w, bias)
    case (_, _, false): strip5Stride2(strip, w, bias)
    case (_, _, true): strip5Stride2Edge(strip, w, bias)
    }
}

@inline(always) func runSplitStrip(
    _ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float, _ size: Int, _ stride: Int
) {
    switch (size, stride) {
    case (3, 1): strip3Stride1Split(strip, w, bias)
    case (3, _): strip3Stride2Split(strip, w, bias)
    case (_, 1): strip5Stride1Split(strip, w, bias)
    case (_, _): strip5Stride2Split(strip, w, bias)
    }
}

/// `scratch`: `depthwiseScratchFloats(window)` floats.
@inline(never) func depthwise(
    _ convolution: DepthwiseConvolution, _ channelBegin: Int, _ channelEnd: Int, _ rowBegin: Int, _ rowEnd: Int,
    _ scratch: MutablePlane
) {
    guard rowBegin < rowEnd, channelBegin < channelEnd else { return }
    let window = convolution.window, fast = hasStrip(window)
    let taps = window.kernelHeight * window.kernelWidth
    var activation = convolution.activation
    let bends = activation.isLeakyRelu, isDone = activation.isClamp || (bends && fast)
    if !fast { tapPlanes(convolution, channelBegin..<channelEnd, rowBegin..<rowEnd, scratch) }
    for channel in channelBegin..<channelEnd {
        let output = convolution.outputs[channel]
        if bends, let slopes = convolution.slopes { activation = .leakyRelu(slope: slopes[channel]) }
        if fast {
            let weights = convolution.weights + channel * taps, bias = convolution.bias[channel]
            stripPlane(window, activation, convolution.inputs[channel], output, weights, bias, rowBegin, rowEnd)
        }
        if !isDone {
            let begin = output + rowBegin * window.outputWidth
            activate(begin, begin, (rowEnd - rowBegin) * window.outputWidth, activation)
        }
    }
}

/// One channel in strips, `hasStrip(window)` given. Of the activations only a clamp and leakyRelu are applied.
@inline(never) func stripPlane(
    _ window: Window, _ activation: Activation, _ input: Plane, _ output: MutablePlane,
    _ weights: UnsafePointer<Float>, _ bias: Float, _ rowBegin: Int, _ rowEnd: Int
) {
    let clamps = activation.isClamp
    var strip = Strip(
        input: input, inputHeight: window.inputHeight, inputWidth: window.inputWidth, firstRow: -window.padTop,
        firstColumn: 0, output: output, outputWidth: window.outputWidth, count: lanes,
        firstPartialRow: rowEnd, rowBegin: rowBegin, rowEnd: rowEnd,
        low: clamps ? activation.a : -.infinity, high: clamps ? activation.b : .infinity,
        slope: activation.isLeakyRelu ? activation.a : 1)
    var column = 0
    while column < window.outputWidth {
        let left = window.outputWidth - column
        if column > 0 && left <= lanes / 2 && rowEnd - rowBegin > 2 {
            strip.firstColumn = (window.outputWidth - lanes / 2) * window.strideX - window.padLeft
            strip.output = output + window.outputWidth - lanes / 2
            // With an odd number of rows the middle one is done twice.
            let half = (rowEnd - rowBegin + 1) / 2
            strip.apart = rowEnd - rowBegin - half
            strip.rowEnd = rowBegin + half
            return runSplitStrip(strip, weights, bias, window.kernelWidth, window.strideX)
        }
        // The last strip moves left to stay whole where it can: it writes the same values again.
        if column + lanes > window.outputWidth && window.outputWidth >= lanes { column = window.outputWidth - lanes }
        strip.firstColumn = column * window.strideX - window.padLeft
        strip.output = output + column
        strip.count = min(lanes, window.outputWidth - column)
        if strip.count < lanes {
            strip.firstPartialRow = (rowEnd * window.outputWidth - lanes + window.outputWidth) / window.outputWidth
        }
        let lastColumn = strip.firstColumn + (lanes - 1) * window.strideX + window.kernelWidth - 1
        let edge = strip.firstColumn < 0 || lastColumn >= window.inputWidth
        runStrip(strip, weights, bias, window.kernelWidth, window.strideX, edge)
        column += lanes
    }
}
