import CKernels
import KernelTypes

@inline(never) func widen(_ bytes: UnsafePointer<UInt8>, _ floats: MutablePlane, _ count: Int) {
    var i = 0
    while i < count {
        store(fromBytes(bytes + i), floats + i, first: count - i)
        i += lanes
    }
}

/// Every eight bytes summed: the sum lies in the even lane, 0 in the odd one.
@inline(always) private func eights(_ bytes: IntVector) -> IntVector {
    #if KERNELS_V4
    CKernels_eights16(bytes)
    #elseif KERNELS_V3
    CKernels_eights8(bytes)
    #else
    CKernels_eights4(bytes)
    #endif
}

/// A vector of cells at a time. Of packed samples a vector of bytes gives halves of cells: four of each eight samples.
@inline(never) func meanCells(_ rows: CellRows, _ cells: MutablePlane) {
    let vector = 4 * lanes, cellBytes = rows.isPacked ? 16 : 8
    let bytes = rows.cells * cellBytes, share = splat(1 / Float(8 * rows.rows))
    var i = 0
    while i < rows.cells {
        let at = i * cellBytes
        let sums: Vector
        if rows.isPacked {
            let first = evens(
                columnSums(rows, at, bytes, 0x00FF_00FF), columnSums(rows, at + vector, bytes, 0x00FF_00FF))
            let second = evens(
                columnSums(rows, at + 2 * vector, bytes, 0x00FF_00FF),
                columnSums(rows, at + 3 * vector, bytes, 0x00FF_00FF))
            sums = numbers(evens(first, second)) + numbers(odds(first, second))
        } else {
            sums = numbers(evens(columnSums(rows, at, bytes, -1), columnSums(rows, at + vector, bytes, -1)))
        }
        store(sums * share, cells + i, first: rows.cells - i)
        i += lanes
    }
}

/// The bits of a vector of sums over all rows; 0 where no cell begins.
@inline(always) private func columnSums(_ rows: CellRows, _ at: Int, _ end: Int, _ kept: Int32) -> Vector {
    var sum = splatWord(0)
    if at < end {
        var row = UnsafeRawPointer(rows.bytes + at)
        for _ in 0..<rows.rows {
            sum = sum &+ eights(row.loadUnaligned(as: IntVector.self) & splatWord(kept))
            row += rows.stride
        }
    }
    return unsafeBitCast(sum, to: Vector.self)
}

@inline(always) private func numbers(_ bits: Vector) -> Vector { toFloat(unsafeBitCast(bits, to: IntVector.self)) }

@inline(never) func follow(_ cells: BackgroundCells, _ rule: BackgroundRule) -> Int {
    let shift = splat(rule.shift), quiet = splat(rule.quiet), slow = splat(rule.slow)
    var counts = splatWord(0)
    var i = 0
    while i < cells.count {
        let left = cells.count - i
        let average = load(cells.average + i), noise = load(cells.noise + i)
        let difference = load(cells.current + i) - average
        let distance = larger(difference - shift, shift - difference)
        let isChanged = distance .> larger(splat(rule.noiseFactor) * noise, splat(rule.leastDifference))
        let rate = quiet.replacing(with: slow, where: isChanged)
        store(multiplyAdd(rate, difference, average), cells.average + i, first: left)
        store(multiplyAdd(rate, smaller(distance, splat(rule.mostNoise)) - noise, noise), cells.noise + i, first: left)
        let flags = splatWord(0).replacing(with: splatWord(1), where: isChanged)
        storeBytes(flags, cells.changed + i, first: left)
        counts =
            counts
            &+ flags.replacing(
                with: splatWord(0), where: laneNumbers .>= splatWord(Int32(truncatingIfNeeded: left)))
        i += lanes
    }
    var count = 0
    for lane in 0..<lanes { count += Int(counts[lane]) }
    return count
}

/// The lowest byte of each of the first `count` lanes.
@inline(always) private func storeBytes(_ v: IntVector, _ p: UnsafeMutablePointer<UInt8>, first count: Int) {
    guard count >= lanes else {
        for i in 0..<count { p[i] = UInt8(truncatingIfNeeded: v[i]) }
        return
    }
    #if KERNELS_V4
    CKernels_storeBytes16(v, p)
    #elseif KERNELS_V3
    CKernels_storeBytes8(v, p)
    #else
    CKernels_storeBytes4(v, p)
    #endif
}
