import KernelTypes

@inline(__always) func combineLoop(
    _ left: Plane, _ right: Plane, _ destination: MutablePlane, _ count: Int, _ operation: (Vector, Vector) -> Vector
) {
    var i = 0
    while i + lanes <= count {
        store(operation(load(left + i), load(right + i)), destination + i)
        i += lanes
    }
    if i < count { store(operation(load(left + i), load(right + i)), destination + i, first: count - i) }
}

@inline(never) func combine(
    _ left: Plane, _ right: Plane, _ destination: MutablePlane, _ count: Int, _ operation: BinaryOperation
) {
    switch operation {
    case .add: combineLoop(left, right, destination, count) { $0 + $1 }
    case .subtract: combineLoop(left, right, destination, count) { $0 - $1 }
    case .multiply: combineLoop(left, right, destination, count) { $0 * $1 }
    case .divide: combineLoop(left, right, destination, count) { $0 / $1 }
    case .maximum: combineLoop(left, right, destination, count) { larger($0, $1) }
    case .minimum: combineLoop(left, right, destination, count) { smaller($0, $1) }
    }
}

@inline(never) func affine(
    _ source: Plane, _ scale: Float, _ offset: Float, _ destination: MutablePlane, _ count: Int
) {
    let a = splat(scale), b = splat(offset)
    var i = 0
    while i < count {
        store(multiplyAdd(load(source + i), a, b), destination + i, first: count - i)
        i += lanes
    }
}

@inline(never) func exponential(_ source: Plane, _ destination: MutablePlane, _ count: Int) {
    var i = 0
    while i < count {
        store(exponential(load(source + i)), destination + i, first: count - i)
        i += lanes
    }
}

@inline(never) func sum(_ source: Plane, _ count: Int) -> Float {
    var a = splat(0), b = splat(0), c = splat(0), d = splat(0)
    var i = 0
    while i + 4 * lanes <= count {
        a += load(source + i)
        b += load(source + i + lanes)
        c += load(source + i + 2 * lanes)
        d += load(source + i + 3 * lanes)
        i += 4 * lanes
    }
    var total = ((a + b) + (c + d)).sum()
    while i < count {
        total += source[i]
        i += 1
    }
    return total
}

@inline(never) func softmax(_ source: Plane, _ destination: MutablePlane, _ rows: Int, _ columns: Int) {
    for row in 0..<rows {
        softmaxRow(source + row * columns, destination + row * columns, columns)
    }
}

@inline(__always) func softmaxRow(_ source: Plane, _ destination: MutablePlane, _ columns: Int) {
    var top = splat(-.infinity)
    var i = 0
    while i + lanes <= columns {
        top = larger(top, load(source + i))
        i += lanes
    }
    var largest = top.max()
    while i < columns {
        if source[i] > largest { largest = source[i] }
        i += 1
    }
    var total = splat(0)
    i = 0
    while i + lanes <= columns {
        let e = exponential(load(source + i) - splat(largest))
        store(e, destination + i)
        total += e
        i += lanes
    }
    var sum = total.sum()
    if i < columns {
        let e = exponential(load(source + i) - splat(largest))
        for lane in 0..<(columns - i) {
            destination[i + lane] = e[lane]
            sum += e[lane]
        }
    }
    affine(destination, 1 / sum, 0, destination, columns)
}
