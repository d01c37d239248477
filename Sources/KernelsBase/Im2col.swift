import KernelTypes

/// Writes a padded copy of the plane with its columns sorted by `column % strideX`.
@inline(never) func im2col(
    _ input: Plane, _ padding: Float, _ scratch: MutablePlane, _ layout: TapLayout
) {
    let window = layout.window
    if layout.joinsRows { return im2colJoined(input, padding, scratch, layout) }
    if window.strideX == 2 && layout.phases == 2 { return im2colInHalves(input, padding, scratch, layout) }
    for phase in 0..<layout.phases {
        let base = scratch + phase * layout.rows * layout.pitch
        for row in 0..<layout.rows {
            let y = row - window.padTop
            let line = base + row * layout.pitch
            if y >= 0 && y < window.inputHeight {
                im2colRow(
                    input + y * window.inputWidth, window.inputWidth, phase - window.padLeft, window.strideX, line,
                    layout.pitch, padding)
            } else {
                fill(line, layout.pitch, padding)
            }
        }
    }
}

/// A copy for each tap of a row.
@inline(always) func im2colJoined(
    _ input: Plane, _ padding: Float, _ scratch: MutablePlane, _ layout: TapLayout
) {
    let window = layout.window, copy = layout.classRows * layout.pitch
    for row in 0..<layout.rows {
        let y = row - window.padTop
        var line = scratch + layout.place(ofRow: row) * layout.pitch
        for kx in 0..<layout.phases {
            if y >= 0 && y < window.inputHeight {
                im2colRow(
                    input + y * window.inputWidth, window.inputWidth, kx * window.dilationX - window.padLeft,
                    window.strideX, line, layout.pitch, padding)
            } else {
                fill(line, layout.pitch, padding)
            }
            line += copy
        }
    }
}

/// Every second column, and the columns between: both from the same loads.
@inline(always) func im2colInHalves(
    _ input: Plane, _ padding: Float, _ scratch: MutablePlane, _ layout: TapLayout
) {
    let window = layout.window, count = layout.pitch
    let half = layout.rows * count
    // Column i of a half is column 2 · i + phase - padLeft of the input.
    func inside(_ phase: Int) -> (begin: Int, end: Int) {
        let first = phase - window.padLeft
        let begin = min(count, first < 0 ? (1 - first) / 2 : 0)
        return (begin, min(count, max(begin, (window.inputWidth - first + 1) / 2)))
    }
    let even = inside(0), odd = inside(1)
    for row in 0..<layout.rows {
        let y = row - window.padTop
        let evenLine = scratch + row * count, oddLine = evenLine + half
        guard y >= 0 && y < window.inputHeight else {
            fill(evenLine, count, padding)
            fill(oddLine, count, padding)
            continue
        }
        let source = input + y * window.inputWidth - window.padLeft
        var i = min(even.begin, odd.begin)
        let end = max(even.end, odd.end)
        while i < end {
            let a = load(source + 2 * i), b = load(source + 2 * i + lanes)
            store(evens(a, b), evenLine + i, first: end - i)
            store(odds(a, b), oddLine + i, first: end - i)
            i += lanes
        }
        fill(evenLine, even.begin, padding)
        fill(evenLine + even.end, count - even.end, padding)
        fill(oddLine, odd.begin, padding)
        fill(oddLine + odd.end, count - odd.end, padding)
    }
}

@inline(always) func fill(_ p: MutablePlane, _ count: Int, _ padding: Float) {
    for i in 0..<count { p[i] = padding }
}

/// `line[i] = row[first + i * stride]`, padding where that is outside of the row.
@inline(always) func im2colRow(
    _ row: Plane, _ width: Int, _ first: Int, _ stride: Int, _ line: MutablePlane, _ count: Int,
    _ padding: Float
) {
    let begin = min(count, first < 0 ? (-first + stride - 1) / stride : 0)
    let end = min(count, max(begin, (width - first + stride - 1) / stride))
    fill(line, begin, padding)
    let source = row + first
    switch stride {
    case 1: copyRun(source + begin, line + begin, end - begin)
    case 2: copyEverySecond(source + 2 * begin, line + begin, end - begin)
    default: for i in begin..<end { line[i] = source[i * stride] }
    }
    fill(line + end, count - end, padding)
}

@inline(always) func copyRun(_ source: Plane, _ destination: MutablePlane, _ count: Int) {
    var i = 0
    while i < count {
        store(load(source + i), destination + i, first: count - i)
        i += lanes
    }
}

@inline(always) func copyEverySecond(_ source: Plane, _ destination: MutablePlane, _ count: Int) {
    var i = 0
    while i < count {
        let at = source + 2 * i
        store(evens(load(at), load(at + lanes)), destination + i, first: count - i)
        i += lanes
    }
}
