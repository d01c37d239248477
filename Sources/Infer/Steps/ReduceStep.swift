import KernelTypes

/// One number per plane.
@safe final class ReduceStep: Step {
    private let kernels: KernelTable
    private let kind: Reduction
    private let from: PlaneList
    private let floats: Int
    private let to: MutablePlane

    init(_ kernels: KernelTable, _ kind: Reduction, from: PlaneList, floats: Int, to: MutablePlane) {
        self.kernels = kernels
        self.kind = kind
        self.from = from
        self.floats = floats
        unsafe self.to = unsafe to
    }

    func run(_ part: Part) {
        part.split(from.count) { _, range in
            for plane in range { unsafe to[plane] = unsafe reduced(from[plane]) }
        }
    }

    private func reduced(_ plane: MutablePlane) -> Float {
        switch kind {
        case .sum: return unsafe kernels.sum(plane, floats)
        case .mean: return unsafe kernels.sum(plane, floats) / Float(floats)
        case .product:
            var product: Float = 1
            for index in 0..<floats { unsafe product *= plane[index] }
            return product
        case .maximum: return unsafe plane[best(plane, >)]
        case .minimum: return unsafe plane[best(plane, <)]
        case .argMax(let last): return Float(unsafe last ? best(plane, >=) : best(plane, >))
        }
    }

    private func best(_ plane: MutablePlane, _ isBetter: (Float, Float) -> Bool) -> Int {
        var best = 0
        for index in 1..<max(floats, 1) where unsafe isBetter(plane[index], plane[best]) { best = index }
        return best
    }
}
