import KernelTypes

/// Separable: the maximum of the window's rows into a scratch line that has minus infinity on both sides, then of its
/// columns. Two lines take turns: what was just written cannot be read shifted before it has reached the cache.
@inline(never) func maxPool(
    _ input: Plane, _ output: MutablePlane, _ window: Window, _ rowBegin: Int, _ rowEnd: Int, _ scratch: MutablePlane
) {
    guard rowBegin < rowEnd else { return }
    let fits =
        (window.kernelWidth - 1) * window.dilationX + (lanes - 1) * window.strideX < PlaneGuard.floats - lanes
        && window.padLeft >= 0 && window.padLeft < PlaneGuard.floats && window.strideX <= 2
        && (window.outputWidth - 1) * window.strideX - window.padLeft < window.inputWidth
    let pitch = window.inputWidth + 2 * PlaneGuard.floats
    let lines = (even: scratch + PlaneGuard.floats, odd: scratch + pitch + PlaneGuard.floats)
    for i in 0..<PlaneGuard.floats {
        scratch[i] = -.infinity
        scratch[pitch + i] = -.infinity
        lines.even[window.inputWidth + i] = -.infinity
        lines.odd[window.inputWidth + i] = -.infinity
    }
    maximumOfRows(input, window, rowBegin, rowBegin & 1 == 0 ? lines.even : lines.odd)
    for y in rowBegin..<rowEnd {
        if y + 1 < rowEnd { maximumOfRows(input, window, y + 1, y & 1 == 0 ? lines.odd : lines.even) }
        let line = y & 1 == 0 ? lines.even : lines.odd
        let row = output + y * window.outputWidth
        // What overruns a row is overwritten by the rows that follow, as long as some do.
        let room = (rowEnd - y) * window.outputWidth
        switch (fits, window.strideX) {
        case (true, 1): maximumOfColumns(line, window, row, room)
        case (true, 2) where window.kernelWidth == 3 && window.dilationX == 1:
            maximumOfThreeColumns(line, window, row, room)
        case (true, 2): maximumOfEverySecondColumn(line, window, row, room)
        default: maximumOfColumnsPlain(line, window, row)
        }
    }
}

@inline(always) func maximumOfRows(_ input: Plane, _ window: Window, _ y: Int, _ line: MutablePlane) {
    // The taps that lie inside of the input.
    let top = y * window.strideY - window.padTop, step = window.dilationY
    let first = top < 0 ? min(window.kernelHeight, (-top + step - 1) / step) : 0
    let last = max(first, min(window.kernelHeight, (window.inputHeight - top + step - 1) / step))
    let start = input + (top + first * step) * window.inputWidth
    let pitch = step * window.inputWidth
    switch last - first {
    case 2: maximumOfLines(start, pitch, 2, line, window.inputWidth)
    case 3: maximumOfLines(start, pitch, 3, line, window.inputWidth)
    default: maximumOfLines(start, pitch, last - first, line, window.inputWidth)
    }
}

/// `count` is a constant where it matters.
@inline(always) func maximumOfLines(
    _ start: Plane, _ pitch: Int, _ count: Int, _ line: MutablePlane, _ width: Int
) {
    var x = 0
    while x < width {
        var largest = splat(-.infinity)
        var at = start + x
        for _ in 0..<count {
            let v = load(at)
            largest = largest.replacing(with: v, where: v .> largest)
            at += pitch
        }
        // May overrun the row, and is then mended below.
        store(largest, line + x)
        x += lanes
    }
    store(splat(-.infinity), line + width)
}

@inline(always) func maximumOfColumns(_ line: MutablePlane, _ window: Window, _ row: MutablePlane, _ room: Int) {
    var x = 0
    while x < window.outputWidth {
        let at = UnsafePointer(line) + x - window.padLeft
        var largest = splat(-.infinity)
        for kx in 0..<window.kernelWidth {
            let v = load(at + kx * window.dilationX)
            largest = largest.replacing(with: v, where: v .> largest)
        }
        store(largest, row + x, first: room - x)
        x += lanes
    }
}

@inline(always) func maximumOfEverySecondColumn(
    _ line: MutablePlane, _ window: Window, _ row: MutablePlane, _ room: Int
) {
    var x = 0
    while x < window.outputWidth {
        let at = UnsafePointer(line) + x * 2 - window.padLeft
        var largest = splat(-.infinity)
        for kx in 0..<window.kernelWidth {
            let p = at + kx * window.dilationX
            let v = evens(load(p), load(p + lanes))
            largest = largest.replacing(with: v, where: v .> largest)
        }
        store(largest, row + x, first: room - x)
        x += lanes
    }
}

/// Stride 2. The line has no NaN: `maximumOfLines` has ignored them.
@inline(always) func maximumOfThreeColumns(
    _ line: MutablePlane, _ window: Window, _ row: MutablePlane, _ room: Int
) {
    var x = 0
    while x < window.outputWidth {
        let at = UnsafePointer(line) + x * 2 - window.padLeft
        let a = load(at), b = load(at + lanes)
        let left = evens(a, b), middle = odds(a, b), right = evens(load(at + 2), load(at + 2 + lanes))
        let largest = left.replacing(with: middle, where: middle .> left)
        store(largest.replacing(with: right, where: right .> largest), row + x, first: room - x)
        x += lanes
    }
}

@inline(always) func maximumOfColumnsPlain(_ line: MutablePlane, _ window: Window, _ row: MutablePlane) {
    for x in 0..<window.outputWidth {
        var largest = -Float.infinity
        for kx in 0..<window.kernelWidth {
            let column = x * window.strideX - window.padLeft + kx * window.dilationX
            if column >= 0 && column < window.inputWidth && line[column] > largest { largest = line[column] }
        }
        row[x] = largest
    }
}

@inline(never) func averagePool(
    _ input: Plane, _ output: MutablePlane, _ window: Window, _ rowBegin: Int, _ rowEnd: Int, _ countsPadding: Bool
) {
    guard hasStrip(window) && rowBegin < rowEnd else {
        return averagePoolAnyWindow(input, output, window, rowBegin, rowEnd, countsPadding)
    }
    let share = 1 / Float(window.kernelHeight * window.kernelWidth)
    // 25 weights, all the same: a depthwise convolution whose padding counts.
    var weights = SIMD32<Float>(repeating: share)
    withUnsafeBytes(of: &weights) { bytes in
        guard let base = bytes.baseAddress else { return }
        let w = base.assumingMemoryBound(to: Float.self)
        stripPlane(window, .none, input, output, w, 0, rowBegin, rowEnd)
    }
    if !countsPadding { correctEdges(output, window, rowBegin, rowEnd) }
}

/// Where the window sticks out of the input, its share was divided by too many pixels.
@inline(always) func correctEdges(_ output: MutablePlane, _ window: Window, _ rowBegin: Int, _ rowEnd: Int) {
    let whole = Float(window.kernelHeight * window.kernelWidth)
    for y in rowBegin..<rowEnd {
        let top = y * window.strideY - window.padTop
        let rows = min(top + window.kernelHeight, window.inputHeight) - max(top, 0)
        for x in 0..<window.outputWidth {
            let left = x * window.strideX - window.padLeft
            let columns = min(left + window.kernelWidth, window.inputWidth) - max(left, 0)
            let count = max(rows, 0) * max(columns, 0)
            if count < window.kernelHeight * window.kernelWidth {
                output[y * window.outputWidth + x] *= count > 0 ? whole / Float(count) : 0
            }
        }
    }
}

@inline(never) func averagePoolAnyWindow(
    _ input: Plane, _ output: MutablePlane, _ window: Window, _ rowBegin: Int, _ rowEnd: Int, _ countsPadding: Bool
) {
    for y in rowBegin..<rowEnd {
        for x in 0..<window.outputWidth {
            var sum: Float = 0, count: Float = 0
            for ky in 0..<window.kernelHeight {
                let row = y * window.strideY - window.padTop + ky * window.dilationY
                guard row >= 0 && row < window.inputHeight else { continue }
                for kx in 0..<window.kernelWidth {
                    let column = x * window.strideX - window.padLeft + kx * window.dilationX
                    guard column >= 0 && column < window.inputWidth else { continue }
                    sum += input[row * window.inputWidth + column]
                    count += 1
                }
            }
            if countsPadding { count = Float(window.kernelHeight * window.kernelWidth) }
            output[y * window.outputWidth + x] = count > 0 ? sum / count : 0
        }
    }
}
