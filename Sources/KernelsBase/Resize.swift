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
                transpose4(a + pixel, b + pixel, c + pixel, d + pixel, to, rowStep)
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

@inline(always) func transpose4(
    _ a: Plane, _ b: Plane, _ c: Plane, _ d: Plane, _ to: MutablePlane, _ rowStep: Int
) {
    let ac = (CKernels_evens4(load4(a), load4(c)), CKernels_odds4(load4(a), load4(c)))
    let bd = (CKernels_evens4(load4(b), load4(d)), CKernels_odds4(load4(b), load4(d)))
    // ac.0 = a0 a2 c0 c2, bd.0 = b0 b2 d0 d2; ac.1 and bd.1 the odd ones.
    store4(CKernels_zipEvens4(ac.0, bd.0), to)
    store4(CKernels_zipEvens4(ac.1, bd.1), to + rowStep)
    store4(CKernels_zipOdds4(ac.0, bd.0), to + 2 * rowStep)
    store4(CKernels_zipOdds4(ac.1, bd.1), to + 3 * rowStep)
}

@inline(always) func load4(_ p: Plane) -> SIMD4<Float> {
    UnsafeRawPointer(p).loadUnaligned(as: SIMD4<Float>.self)
}

@inline(always) func store4(_ v: SIMD4<Float>, _ p: MutablePlane) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: SIMD4<Float>.self)
}
