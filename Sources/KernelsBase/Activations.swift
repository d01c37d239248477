import KernelTypes

@inline(always) func hardSigmoid(_ x: Vector, _ a: Vector, _ b: Vector) -> Vector {
    smaller(larger(multiplyAdd(x, a, b), splat(0)), splat(1))
}

@inline(always) func apply(_ kind: Activation.Kind, _ x: Vector, _ a: Vector, _ b: Vector) -> Vector {
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
@inline(always) func activateLoop(
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

extension Activation {
    /// A pattern, because `==` on an enum of another module is a call through its witness table.
    @inline(always) var isClamp: Bool {
        switch kind {
        case .clamp: true
        case .leakyRelu, .silu, .sigmoid, .hardSwish, .hardSigmoid: false
        }
    }
}

@inline(never) func activate(_ source: Plane, _ destination: MutablePlane, _ count: Int, _ activation: Activation) {
    let a = activation.a, b = activation.b
    switch activation.kind {
    case .clamp: clampAll(source, destination, count, a, b)
    case .leakyRelu: leakyReluAll(source, destination, count, a)
    case .silu: siluAll(source, destination, count)
    case .sigmoid: sigmoidAll(source, destination, count)
    case .hardSwish: hardSwishAll(source, destination, count, a, b)
    case .hardSigmoid: hardSigmoidAll(source, destination, count, a, b)
    }
}

// A function each: past a certain size the compiler no longer inlines the library's vector operations.

@inline(never) func clampAll(_ from: Plane, _ to: MutablePlane, _ count: Int, _ a: Float, _ b: Float) {
    activateLoop(.clamp, from, to, count, splat(a), splat(b))
}

@inline(never) func leakyReluAll(_ from: Plane, _ to: MutablePlane, _ count: Int, _ a: Float) {
    activateLoop(.leakyRelu, from, to, count, splat(a), splat(0))
}

@inline(never) func siluAll(_ from: Plane, _ to: MutablePlane, _ count: Int) {
    activateLoop(.silu, from, to, count, splat(0), splat(0))
}

@inline(never) func sigmoidAll(_ from: Plane, _ to: MutablePlane, _ count: Int) {
    activateLoop(.sigmoid, from, to, count, splat(0), splat(0))
}

@inline(never) func hardSwishAll(_ from: Plane, _ to: MutablePlane, _ count: Int, _ a: Float, _ b: Float) {
    activateLoop(.hardSwish, from, to, count, splat(a), splat(b))
}

@inline(never) func hardSigmoidAll(_ from: Plane, _ to: MutablePlane, _ count: Int, _ a: Float, _ b: Float) {
    activateLoop(.hardSigmoid, from, to, count, splat(a), splat(b))
}
