import KernelTypes

@inline(never) func upsampleNearest(
    _ input: Plane, _ inputWidth: Int, _ factorY: Int, _ factorX: Int, _ output: MutablePlane, _ rowBegin: Int,
    _ rowEnd: Int
) {
    let width = inputWidth * factorX
    for y in rowBegin..<rowEnd {
        let row = output + y * width
        if y > rowBegin && y % factorY != 0 {
            copyRun(UnsafePointer(row) - width, row, width)
        } else {
            repeatPixels(input + y / factorY * inputWidth, inputWidth, factorX, row)
        }
    }
}

@inline(always) func repeatPixels(_ source: Plane, _ count: Int, _ factor: Int, _ row: MutablePlane) {
    guard factor == 2 else {
        for x in 0..<count { for i in 0..<factor { row[x * factor + i] = source[x] } }
        return
    }
    var x = 0
    while x < count {
        let v = load(source + x)
        let low = lowTwice(v), high = highTwice(v)
        store(low, row + 2 * x, first: 2 * (count - x))
        if 2 * (count - x) > lanes { store(high, row + 2 * x + lanes, first: 2 * (count - x) - lanes) }
        x += lanes
    }
}

@inline(never) func bilinearRow(
    _ top: Plane, _ bottom: Plane, _ weight: Float, _ columns: BilinearColumns, _ output: MutablePlane
) {
    for x in 0..<columns.count {
        let left = Int(columns.left[x]), right = Int(columns.right[x])
        let a = top[left] + (bottom[left] - top[left]) * weight
        let b = top[right] + (bottom[right] - top[right]) * weight
        output[x] = a + (b - a) * columns.weight[x]
    }
}

/// Eight pixels at a time, so that the lines which are written stay in the first-level cache while all planes are visited.
@inline(never) func interleave(
    _ planes: UnsafePointer<Plane>, _ channels: Int, _ begin: Int, _ end: Int, _ destination: MutablePlane, _ rowStep: Int
) {
    var i = begin
    while i < end {
        let stop = min(i + 16, end)
        for channel in 0..<channels {
            let plane = planes[channel]
            for pixel in i..<stop { destination[pixel * rowStep + channel] = plane[pixel] }
        }
        i = stop
    }
}
