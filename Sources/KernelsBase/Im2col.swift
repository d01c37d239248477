import KernelTypes

/// Writes a padded copy of the plane with its columns sorted by `column % strideX`.
@inline(never) func im2col(
    _ input: Plane, _ padding: Float, _ scratch: MutablePlane, _ layout: TapLayout
) {
    let window = layout.window
    if layout.joinsRows { return im2colJoined(input, padding, scratch, layout) }
    if window.strideX == 2 && layout.phases == 2 { return im2colInHalves(input, padding, scratch, layout) }
    for phase in 0..<layout.phases {
        let run = Im2colRun(window, phase - window.padLeft, layout.pitch, padding)
        im2colRows(
            input, run, -window.padTop, 1, scratch + phase * layout.rows * layout.pitch, layout.rows)
    }
}

/// A copy for each tap of a row, and in it the classes of rows one after the other, as `TapLayout.place` has them.
@inline(always) func im2colJoined(
    _ input: Plane, _ padding: Float, _ scratch: MutablePlane, _ layout: TapLayout
) {
    let window = layout.window, classes = min(window.strideY, layout.rows)
    let rowsPerClass = layout.classRows / window.strideY
    for kx in 0..<layout.phases {
        let run = Im2colRun(window, kx * window.dilationX - window.padLeft, layout.pitch, padding)
        for first in 0..<classes {
            im2colRows(
                input, run, first - window.padTop, window.strideY,
                scratch + (kx * layout.classRows + first * rowsPerClass) * layout.pitch,
                (layout.rows - first + window.strideY - 1) / window.strideY)
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

/// `line[i] = row[first + i * stride]` for `count` numbers, padding where that is outside of the row: the same for all rows of a
/// plane.
struct Im2colRun {
    let width: Int
    let height: Int
    let stride: Int
    let first: Int
    let count: Int
    let padding: Float
    /// Which numbers of the line are inside.
    let begin: Int
    let end: Int

    @inline(always) init(_ window: Window, _ first: Int, _ count: Int, _ padding: Float) {
        width = window.inputWidth
        height = window.inputHeight
        stride = window.strideX
        self.first = first
        self.count = count
        self.padding = padding
        begin = min(count, first < 0 ? (-first + stride - 1) / stride : 0)
        end = min(count, max(begin, (width - first + stride - 1) / stride))
    }
}

/// `rows` lines, one after the other, of rows `y`, `y + step`, ...
@inline(never) func im2colRows(
    _ input: Plane, _ run: Im2colRun, _ y: Int, _ step: Int, _ lines: MutablePlane, _ rows: Int
) {
    let above = min(rows, y < 0 ? (-y + step - 1) / step : 0)
    let inside = min(rows, max(above, (run.height - y + step - 1) / step))
    fill(lines, above * run.count, run.padding)
    fill(lines + inside * run.count, (rows - inside) * run.count, run.padding)
    let source = input + (y + above * step) * run.width + run.first
    let line = lines + above * run.count
    switch run.stride {
    case 1: im2colRows(source, run, step, line, inside - above, 1)
    case 2: im2colRows(source, run, step, line, inside - above, 2)
    default: im2colRows(source, run, step, line, inside - above, run.stride)
    }
}

/// - Parameter stride: `run.stride`, as a constant wherever that can be.
@inline(always) func im2colRows(
    _ input: Plane, _ run: Im2colRun, _ step: Int, _ lines: MutablePlane, _ rows: Int, _ stride: Int
) {
    var source = input, line = lines
    for _ in 0..<rows {
        im2colRow(source, run, line, stride)
        source += step * run.width
        line += run.count
    }
}

/// - Parameter source: where number 0 of the line would come from.
@inline(always) func im2colRow(_ source: Plane, _ run: Im2colRun, _ line: MutablePlane, _ stride: Int) {
    for i in 0..<run.begin { line[i] = run.padding }
    let from = source + stride * run.begin, to = line + run.begin, count = run.end - run.begin
    switch stride {
    case 1: copyRun(from, to, count)
    case 2: copyEverySecond(from, to, count)
    default: for i in 0..<count { to[i] = from[i * stride] }
    }
    for i in run.end..<run.count { line[i] = run.padding }
}

@inline(always) func copyRun(_ source: Plane, _ destination: MutablePlane, _ count: Int) {
    var i = 0
    while i + lanes <= count {
        store(load(source + i), destination + i)
        i += lanes
    }
    if i < count { store(load(source + i), destination + i, first: count - i) }
}

@inline(always) func copyEverySecond(_ source: Plane, _ destination: MutablePlane, _ count: Int) {
    var i = 0
    while i + lanes <= count {
        let at = source + 2 * i
        store(evens(load(at), load(at + lanes)), destination + i)
        i += lanes
    }
    let at = source + 2 * i
    if i < count { store(evens(load(at), load(at + lanes)), destination + i, first: count - i) }
}
