import KernelTypes

@inline(always) func hardSigmoid(_ x: Vector, _ a: Vector, _ b: Vector) -> Vector {
    clamped(multiplyAdd(x, a, b), splat(0), splat(1))
}

@inline(always) func apply(_ kind: Activation.Kind, _ x: Vector, _ a: Vector, _ b: Vector) -> Vector {
    switch kind {
    case .clamp: clamped(x, a, b)
    case .leakyRelu: x.replacing(with: x * a, where: x .< splat(0))
    case .silu: silu(x)
    case .sigmoid: sigmoid(x)
    case .hardSwish: x * hardSigmoid(x, a, b)
    case .hardSigmoid: hardSigmoid(x, a, b)
    case .gelu: gelu(x)
    case .erf: errorFunction(x)
    case .tanh: hyperbolicTangent(x)
    }
}

/// One loop per kind: the switch is outside because `kind` is a constant at every call.
@inline(always) func activateLoop(
    _ kind: Activation.Kind, _ source: Plane, _ destination: MutablePlane, _ count: Int, _ a: Vector, _ b: Vector
) {
    var i = 0
    while i + lanes <= count {
        store(apply(kind, load(source + i), a, b), destination + i)
        i += lanes
    }
    if i < count { store(apply(kind, load(source + i), a, b), destination + i, first: count - i) }
}

/// The same run of pixels of some planes, for example the tile that a convolution has just written.
struct PlaneTile {
    var sources: UnsafePointer<Plane>
    var destinations: UnsafePointer<MutablePlane>
    var rows: Int
    var offset: Int
    var pixels: Int

    @inline(always) init(
        _ sources: UnsafePointer<Plane>, _ destinations: UnsafePointer<MutablePlane>, _ rows: Int, _ offset: Int,
        _ pixels: Int
    ) {
        self.sources = sources
        self.destinations = destinations
        self.rows = rows
        self.offset = offset
        self.pixels = pixels
    }

    /// In place.
    @inline(always) init(_ planes: UnsafePointer<MutablePlane>, _ rows: Int, _ offset: Int, _ pixels: Int) {
        self.init(UnsafeRawPointer(planes).assumingMemoryBound(to: Plane.self), planes, rows, offset, pixels)
    }
}

@inline(always) func activateRows(_ kind: Activation.Kind, _ tile: PlaneTile, _ a: Float, _ b: Float) {
    let a = splat(a), b = splat(b)
    for row in 0..<tile.rows {
        activateLoop(
            kind, tile.sources[row] + tile.offset, tile.destinations[row] + tile.offset, tile.pixels, a, b)
    }
}

extension Activation {
    /// A pattern, as `isClamp`.
    @inline(always) var isLeakyRelu: Bool {
        switch kind {
        case .leakyRelu: true
        case .clamp, .silu, .sigmoid, .hardSwish, .hardSigmoid, .gelu, .erf, .tanh: false
        }
    }

    /// A pattern, because `==` on an enum of another module is a call through its witness table.
    @inline(always) var isClamp: Bool {
        switch kind {
        case .clamp: true
        case .leakyRelu, .silu, .sigmoid, .hardSwish, .hardSigmoid, .gelu, .erf, .tanh: false
        }
    }
}

@inline(never) func activate(_ source: Plane, _ destination: MutablePlane, _ count: Int, _ activation: Activation) {
    withUnsafePointer(to: source) { sources in
        withUnsafePointer(to: destination) { activateTile(PlaneTile(sources, $0, 1, 0, count), activation, nil) }
    }
}

/// - Parameter slopes: one for each row, in place of leakyRelu's own.
@inline(always) func activateTile(_ tile: PlaneTile, _ activation: Activation, _ slopes: UnsafePointer<Float>?) {
    let a = activation.a, b = activation.b
    switch activation.kind {
    case .clamp: clampTile(tile, a, b)
    case .leakyRelu: leakyReluTile(tile, a, slopes)
    case .silu: siluTile(tile)
    case .sigmoid: sigmoidTile(tile)
    case .hardSwish: hardSwishTile(tile, a, b)
    case .hardSigmoid: hardSigmoidTile(tile, a, b)
    case .gelu: geluTile(tile)
    case .erf: errorFunctionTile(tile)
    case .tanh: tangentTile(tile)
    }
}

// A function each: past a certain size the compiler no longer inlines the library's vector operations.

@inline(never) func clampTile(_ tile: PlaneTile, _ a: Float, _ b: Float) { activateRows(.clamp, tile, a, b) }
@inline(never) func leakyReluTile(_ tile: PlaneTile, _ a: Float, _ slopes: UnsafePointer<Float>?) {
    for row in 0..<tile.rows {
        var slope = splat(a)
        if let slopes { slope = splat(slopes[row]) }
        activateLoop(
            .leakyRelu, tile.sources[row] + tile.offset, tile.destinations[row] + tile.offset, tile.pixels, slope,
            slope)
    }
}
@inline(never) func siluTile(_ tile: PlaneTile) { activateRows(.silu, tile, 0, 0) }
@inline(never) func sigmoidTile(_ tile: PlaneTile) { activateRows(.sigmoid, tile, 0, 0) }
@inline(never) func hardSwishTile(_ tile: PlaneTile, _ a: Float, _ b: Float) { activateRows(.hardSwish, tile, a, b) }
@inline(never) func hardSigmoidTile(_ tile: PlaneTile, _ a: Float, _ b: Float) {
    activateRows(.hardSigmoid, tile, a, b)
}
@inline(never) func geluTile(_ tile: PlaneTile) { activateRows(.gelu, tile, 0, 0) }
@inline(never) func errorFunctionTile(_ tile: PlaneTile) { activateRows(.erf, tile, 0, 0) }
@inline(never) func tangentTile(_ tile: PlaneTile) { activateRows(.tanh, tile, 0, 0) }
