internal import Glibc

@Sendable func scalarActivate(
    _ source: Plane, _ destination: MutablePlane, _ count: Int, _ activation: Activation
) {
    for i in 0..<count { destination[i] = scalarActivation(activation, source[i]) }
}

@Sendable func scalarCombine(
    _ left: Plane, _ right: Plane, _ destination: MutablePlane, _ count: Int, _ operation: BinaryOperation
) {
    for i in 0..<count {
        let a = left[i], b = right[i]
        destination[i] =
            switch operation {
            case .add: a + b
            case .subtract: a - b
            case .multiply: a * b
            case .divide: a / b
            case .maximum: a < b ? b : a
            case .minimum: a > b ? b : a
            }
    }
}

@Sendable func scalarAffine(
    _ source: Plane, _ scale: Float, _ offset: Float, _ destination: MutablePlane, _ count: Int
) {
    for i in 0..<count { destination[i] = source[i] * scale + offset }
}

@Sendable func scalarExponential(_ source: Plane, _ destination: MutablePlane, _ count: Int) {
    for i in 0..<count { destination[i] = expf(source[i] < -87.3 ? -87.3 : source[i] > 88.3 ? 88.3 : source[i]) }
}

@Sendable func scalarSoftmax(_ source: Plane, _ destination: MutablePlane, _ rows: Int, _ columns: Int) {
    for row in 0..<rows {
        let from = source + row * columns, to = destination + row * columns
        var largest = -Float.infinity, total: Float = 0
        for i in 0..<columns { largest = max(largest, from[i]) }
        for i in 0..<columns {
            to[i] = expf(from[i] - largest)
            total += to[i]
        }
        for i in 0..<columns { to[i] /= total }
    }
}

@Sendable func scalarSum(_ source: Plane, _ count: Int) -> Float {
    var total: Float = 0
    for i in 0..<count { total += source[i] }
    return total
}
