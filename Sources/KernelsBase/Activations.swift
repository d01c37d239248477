import KernelTypes

@inline(__always) func hardSigmoid(_ x: Vector, _ a: Vector, _ b: Vector) -> Vector {
    smaller(larger(multiplyAdd(x, a, b), splat(0)), splat(1))
}

@inline(__always) func apply(_ kind: Activation.Kind, _ x: Vector, _ a: Vector, _ b: Vector) -> Vector {
    switch kind {
    case .clamp: smaller(larger(x, a), b)
    case .leakyRelu: x.replacing(with: x * a, where: x .< splat(0))
    case .silu: silu(x)
    case .sigmoid: sigmoid(x)
    case .hardSwish: x * hardSigmoid(x, a, b)
    case .hardSigmoid: hardSigmoid(x, a, b)
    }
}

/// One loop per kind: the switch is outside because `kind` is a constant at every call.
@inline(__always) func activateLoop(
    _ kind: Activation.Kind, _ source: Plane, _ destination: MutablePlane, _ count: Int, _ a: Vector, _ b: Vector
) {
    var i = 0
    while i + 2 * lanes <= count {
        let first = apply(kind, load(source + i), a, b)
        let second = apply(kind, load(source + i + lanes), a, b)
        store(first, destination + i)
        store(second, destination + i + lanes)
        i += 2 * lanes
    }
    while i < count {
        store(apply(kind, load(source + i), a, b), destination + i, first: count - i)
        i += lanes
    }
}

@inline(never) func activate(
    _ source: Plane, _ destination: MutablePlane, _ count: Int, _ activation: Activation
) {
    let a = splat(activation.a), b = splat(activation.b)
    switch activation.kind {
    case .clamp: activateLoop(.clamp, source, destination, count, a, b)
    case .leakyRelu: activateLoop(.leakyRelu, source, destination, count, a, b)
    case .silu: activateLoop(.silu, source, destination, count, a, b)
    case .sigmoid: activateLoop(.sigmoid, source, destination, count, a, b)
    case .hardSwish: activateLoop(.hardSwish, source, destination, count, a, b)
    case .hardSigmoid: activateLoop(.hardSigmoid, source, destination, count, a, b)
    }
}
