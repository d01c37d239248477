import CKernels
import KernelTypes

@inline(never) func upsampleNearest(
    _ input: Plane, _ inputWidth: Int, _ factorY: Int, _ factorX: Int, _ output: MutablePlane, _ rowBegin: Int,
    _ rowEnd: Int
) {
    let width = inputWidth * factorX
    for y in rowBegin..<rowEnd {
        // What overruns a row is overwritten by the rows that follow, as long as some do.
        let row = output + y * width, room = (rowEnd - y) * width
        if y > rowBegin && y % factorY != 0 {
            copyOverrunning(UnsafePointer(row) - width, row, width, room)
        } else {
            repeatPixels(input + y / factorY * inputWidth, inputWidth, factorX, row, room)
        }
    }
}

/// Writes whole vectors while there is room.
@inline(always) func copyOverrunning(_ source: Plane, _ destination: MutablePlane, _ count: Int, _ room: Int) {
    var i = 0
    while i < count {
        store(load(source + i), destination + i, first: room - i)
        i += lanes
    }
}

@inline(always) func repeatPixels(_ source: Plane, _ count: Int, _ factor: Int, _ row: MutablePlane, _ room: Int) {
    guard factor == 2 else {
        for x in 0..<count { for i in 0..<factor { row[x * factor + i] = source[x] } }
        return
    }
    var x = 0
    while x < count {
        let v = load(source + x)
        store(lowTwice(v), row + 2 * x, first: room - 2 * x)
        if 2 * (count - x) > lanes { store(highTwice(v), row + 2 * x + lanes, first: room - 2 * x - lanes) }
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

/// Blocks of pixels, so that the lines which are written stay in the first-level cache while all planes are visited;
/// four channels at a time, because four floats are one store.
@inline(never) func interleave(
    _ planes: UnsafePointer<Plane>, _ channels: Int, _ begin: Int, _ end: Int, _ destination: MutablePlane,
    _ rowStep: Int
) {
    var i = begin
    while i < end {
        let stop = min(i + 16, end)
        var channel = 0
        while channel + 4 <= channels {
            let a = planes[channel], b = planes[channel + 1], c = planes[channel + 2], d = planes[channel + 3]
            var pixel = i
            while pixel + 4 <= stop {
                let to = destination + pixel * rowStep + channel
                CKernels_transposeRows4(a + pixel, b + pixel, c + pixel, d + pixel, to, rowStep)
                pixel += 4
            }
            while pixel < stop {
                let to = destination + pixel * rowStep + channel
                to[0] = a[pixel]
                to[1] = b[pixel]
                to[2] = c[pixel]
                to[3] = d[pixel]
                pixel += 1
            }
            channel += 4
        }
        while channel < channels {
            let plane = planes[channel]
            for pixel in i..<stop { destination[pixel * rowStep + channel] = plane[pixel] }
            channel += 1
        }
        i = stop
    }
}
