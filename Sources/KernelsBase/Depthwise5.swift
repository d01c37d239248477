import KernelTypes

/// One input row as the five taps of a strip see it.
struct Taps5 {
    var t0, t1, t2, t3, t4: Vector

    @inline(always) init(_ rows: StripRows, _ stride: Int, _ split: Bool) {
        if stride == 1 {
            t0 = rows.tap(0, split)
            t1 = rows.tap(1, split)
            t2 = rows.tap(2, split)
            t3 = rows.tap(3, split)
            t4 = rows.tap(4, split)
        } else {
            let first = rows.pair(0, split), second = rows.pair(2, split), third = rows.pair(4, split)
            t0 = evens(first.a, first.b)
            t1 = odds(first.a, first.b)
            t2 = evens(second.a, second.b)
            t3 = odds(second.a, second.b)
            t4 = evens(third.a, third.b)
        }
    }

    @inline(always) init(_ rows: StripRows, _ strip: Strip, _ stride: Int, _ edge: Bool, _ split: Bool) {
        self.init(rows, stride, split)
        guard edge else { return }
        t0 = keep(t0, insideMask(strip.firstColumn, stride, strip.inputWidth, split))
        t1 = keep(t1, insideMask(strip.firstColumn + 1, stride, strip.inputWidth, split))
        t2 = keep(t2, insideMask(strip.firstColumn + 2, stride, strip.inputWidth, split))
        t3 = keep(t3, insideMask(strip.firstColumn + 3, stride, strip.inputWidth, split))
        t4 = keep(t4, insideMask(strip.firstColumn + 4, stride, strip.inputWidth, split))
    }

    /// `w`: one row of the kernel.
    @inline(always) func dot(_ w: UnsafePointer<Float>, _ sum: Vector) -> Vector {
        var sum = multiplyAdd(t0, splat(w[0]), sum)
        sum = multiplyAdd(t1, splat(w[1]), sum)
        sum = multiplyAdd(t2, splat(w[2]), sum)
        sum = multiplyAdd(t3, splat(w[3]), sum)
        return multiplyAdd(t4, splat(w[4]), sum)
    }
}

/// The sums of output rows whose windows have been entered and not yet left: `s0` is the oldest.
@inline(always) func strip5(
    _ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float, _ stride: Int, _ edge: Bool, _ split: Bool = false
) {
    let start = splat(bias)
    var reader = StripReader(strip, stride), writer = StripWriter(strip)
    let a = Taps5(reader.next(split), strip, stride, edge, split),
        b = Taps5(reader.next(split), strip, stride, edge, split)
    let c = Taps5(reader.next(split), strip, stride, edge, split)
    var s0 = c.dot(w + 10, b.dot(w + 5, a.dot(w, start)))
    if stride == 1 {
        let d = Taps5(reader.next(split), strip, 1, edge, split)
        s0 = d.dot(w + 15, s0)
        var s1 = d.dot(w + 10, c.dot(w + 5, b.dot(w, start)))
        var s2 = d.dot(w + 5, c.dot(w, start))
        var s3 = d.dot(w, start)
        for _ in strip.rowBegin..<strip.rowEnd {
            let taps = Taps5(reader.next(split), strip, 1, edge, split)
            writer.put(taps.dot(w + 20, s0), split)
            s0 = taps.dot(w + 15, s1)
            s1 = taps.dot(w + 10, s2)
            s2 = taps.dot(w + 5, s3)
            s3 = taps.dot(w, start)
        }
    } else {
        var s1 = c.dot(w, start)
        for _ in strip.rowBegin..<strip.rowEnd {
            let odd = Taps5(reader.next(split), strip, stride, edge, split),
                even = Taps5(reader.next(split), strip, stride, edge, split)
            writer.put(even.dot(w + 20, odd.dot(w + 15, s0)), split)
            s0 = even.dot(w + 10, odd.dot(w + 5, s1))
            s1 = even.dot(w, start)
        }
    }
}

@inline(never) func strip5Stride1(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip5(strip, w, bias, 1, false)
}

@inline(never) func strip5Stride1Edge(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip5(strip, w, bias, 1, true)
}

@inline(never) func strip5Stride2(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip5(strip, w, bias, 2, false)
}

@inline(never) func strip5Stride2Edge(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip5(strip, w, bias, 2, true)
}

@inline(never) func strip5Stride1Split(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip5(strip, w, bias, 1, true, true)
}

@inline(never) func strip5Stride2Split(_ strip: Strip, _ w: UnsafePointer<Float>, _ bias: Float) {
    strip5(strip, w, bias, 2, true, true)
}
