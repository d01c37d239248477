import KernelTypes

@inline(always) func combined(_ operation: BinaryOperation, _ a: Vector, _ b: Vector) -> Vector {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: larger(a, b)
    case .minimum: smaller(a, b)
    }
}

/// One loop per operation: the switch is outside because `operation` is a constant at every call.
@inline(always) func combineLoop(
    _ operation: BinaryOperation, _ left: Plane, _ right: Plane, _ destination: MutablePlane, _ count: Int
) {
    var i = 0
    while i < count {
        store(combined(operation, load(left + i), load(right + i)), destination + i, first: count - i)
        i += lanes
    }
}

@inline(never) func combine(
    _ left: Plane, _ right: Plane, _ destination: MutablePlane, _ count: Int, _ operation: BinaryOperation
) {
    switch operation {
    case .add: combineLoop(.add, left, right, destination, count)
    case .subtract: combineLoop(.subtract, left, right, destination, count)
    case .multiply: combineLoop(.multiply, left, right, destination, count)
    case .divide: combineLoop(.divide, left, right, destination, count)
    case .maximum: combineLoop(.maximum, left, right, destination, count)
    case .minimum: combineLoop(.minimum, left, right, destination, count)
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

@inline(always) func addLanes(_ v: Vector) -> Float {
    var total: Float = 0
    for lane in 0..<lanes { total += v[lane] }
    return total
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
    var total = addLanes((a + b) + (c + d))
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

@inline(always) func softmaxRow(_ source: Plane, _ destination: MutablePlane, _ columns: Int) {
    var top = splat(-.infinity)
    var i = 0
    while i + lanes <= columns {
        top = larger(top, load(source + i))
        i += lanes
    }
    // `top.max()` is generic: its specialisation could be merged with another module's.
    var largest = top[0]
    for lane in 1..<lanes where top[lane] > largest { largest = top[lane] }
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
    var sum = addLanes(total)
    if i < columns {
        let e = exponential(load(source + i) - splat(largest))
        for lane in 0..<(columns - i) {
            destination[i + lane] = e[lane]
            sum += e[lane]
        }
    }
    affine(destination, 1 / sum, 0, destination, columns)
}
