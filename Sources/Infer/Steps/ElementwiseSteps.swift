import Glibc
import KernelTypes

/// One function over every number.
@safe final class UnaryStep: Step {
    private let kernels: KernelTable
    private let function: UnaryFunction
    private let from: PlaneList
    private let to: PlaneList
    private let floats: Int

    init(_ kernels: KernelTable, _ function: UnaryFunction, from: PlaneList, to: PlaneList, floats: Int) {
        self.kernels = kernels
        self.function = function
        self.from = from
        self.to = to
        self.floats = floats
    }

    func run(_ part: Part) {
        if from.count == 1 {
            part.split(floats, grain: 64) { _, range in
                unsafe apply(from[0] + range.lowerBound, to[0] + range.lowerBound, range.count)
            }
        } else {
            part.split(from.count) { _, range in
                for index in range { unsafe apply(from[index], to[index], floats) }
            }
        }
    }

    private func apply(_ source: MutablePlane, _ target: MutablePlane, _ count: Int) {
        switch function {
        case .activation(let activation): unsafe kernels.activate(source, target, count, activation)
        case .exponential: unsafe kernels.exponential(source, target, count)
        case .affine(let scale, let offset): unsafe kernels.affine(source, scale, offset, target, count)
        case .sqrt: unsafe each(source, target, count) { $0.squareRoot() }
        case .absolute: unsafe each(source, target, count) { abs($0) }
        case .negate: unsafe each(source, target, count) { -$0 }
        case .reciprocal: unsafe each(source, target, count) { 1 / $0 }
        case .logarithm: unsafe each(source, target, count) { logf($0) }
        case .floor: unsafe each(source, target, count) { $0.rounded(.down) }
        case .ceil: unsafe each(source, target, count) { $0.rounded(.up) }
        case .roundHalfToEven: unsafe each(source, target, count) { $0.rounded(.toNearestOrEven) }
        case .roundToHalf: unsafe each(source, target, count) { Float(Float16($0)) }
        case .softplus: unsafe each(source, target, count) { max($0, 0) + log1pf(expf(-abs($0))) }
        case .plain(let function): unsafe each(source, target, count, function)
        case .elu(let alpha): unsafe each(source, target, count) { $0 >= 0 ? $0 : alpha * expm1f($0) }
        }
    }

    @inline(__always)
    private func each(_ source: MutablePlane, _ target: MutablePlane, _ count: Int, _ function: (Float) -> Float) {
        for index in 0..<count { unsafe target[index] = unsafe function(source[index]) }
    }
}

extension BinaryFunction {
    /// `target[i] = f(left[i], right[i])`
    func apply(_ kernels: KernelTable, _ left: Plane, _ right: Plane, _ target: MutablePlane, _ count: Int) {
        switch self {
        case .kernel(let operation): unsafe kernels.combine(left, right, target, count, operation)
        case .power, .prelu, .plain:
            for index in 0..<count { unsafe target[index] = unsafe single(left[index], right[index]) }
        }
    }

    /// The same with one number on the right; false when no kernel does that.
    func apply(_ kernels: KernelTable, _ left: Plane, repeated right: Float, _ target: MutablePlane, _ count: Int)
        -> Bool
    {
        switch self {
        case .kernel(.add): unsafe kernels.affine(left, 1, right, target, count)
        case .kernel(.subtract): unsafe kernels.affine(left, 1, -right, target, count)
        case .kernel(.multiply): unsafe kernels.affine(left, right, 0, target, count)
        case .prelu: unsafe kernels.activate(left, target, count, .leakyRelu(slope: right))
        case .kernel(.divide), .kernel(.maximum), .kernel(.minimum), .power, .plain: return false
        }
        return true
    }

    func single(_ left: Float, _ right: Float) -> Float {
        switch self {
        case .power: right == 2 ? left * left : powf(left, right)
        case .prelu: left >= 0 ? left : left * right
        case .plain(let function): function(left, right)
        case .kernel(.add): left + right
        case .kernel(.subtract): left - right
        case .kernel(.multiply): left * right
        case .kernel(.divide): left / right
        case .kernel(.maximum): max(left, right)
        case .kernel(.minimum): min(left, right)
        }
    }
}

/// Two tensors of one shape.
@safe final class BinaryStep: Step {
    private let kernels: KernelTable
    private let function: BinaryFunction
    private let left: PlaneList
    private let right: PlaneList
    private let to: PlaneList
    private let floats: Int

    init(
        _ kernels: KernelTable, _ function: BinaryFunction, left: PlaneList, right: PlaneList, to: PlaneList,
        floats: Int
    ) {
        self.kernels = kernels
        self.function = function
        self.left = left
        self.right = right
        self.to = to
        self.floats = floats
    }

    func run(_ part: Part) {
        part.split(to.count) { _, range in
            for index in range { unsafe function.apply(kernels, left[index], right[index], to[index], floats) }
        }
    }
}

/// The loops of two broadcast tensors: neighbouring dimensions that behave alike are one loop.
struct BroadcastLoop {
    /// Sides, outermost first; `leftStride` and `rightStride` are 0 where a tensor repeats.
    private(set) var sides: [Int] = []
    private(set) var leftStride: [Int] = []
    private(set) var rightStride: [Int] = []

    init(shape: [Int], left: [Int], right: [Int]) {
        let a = Self.strides(left, to: shape)
        let b = Self.strides(right, to: shape)
        for axis in shape.indices where shape[axis] != 1 {
            if let last = sides.indices.last, leftStride[last] == a[axis] * shape[axis],
                rightStride[last] == b[axis] * shape[axis]
            {
                sides[last] *= shape[axis]
                leftStride[last] = a[axis]
                rightStride[last] = b[axis]
            } else {
                sides.append(shape[axis])
                leftStride.append(a[axis])
                rightStride.append(b[axis])
            }
        }
        if sides.isEmpty { (sides, leftStride, rightStride) = ([1], [1], [1]) }
    }

    private static func strides(_ from: [Int], to shape: [Int]) -> [Int] {
        let strides = rowMajorStrides(from)
        let missing = shape.count - from.count
        return shape.indices.map { $0 < missing || from[$0 - missing] == 1 ? 0 : strides[$0 - missing] }
    }
}

/// Two dense tensors, one or both of which repeat along some dimensions.
@safe final class BroadcastStep: Step {
    private let kernels: KernelTable
    private let function: BinaryFunction
    private let plan: BroadcastLoop
    private let inner: (side: Int, left: Int, right: Int)
    private let lefts: RunStarts
    private let rights: RunStarts
    private let left: Plane
    private let right: Plane
    private let target: MutablePlane

    init(
        _ kernels: KernelTable, _ function: BinaryFunction, _ plan: BroadcastLoop, left: MutablePlane,
        right: MutablePlane, to target: MutablePlane
    ) {
        self.kernels = kernels
        self.function = function
        self.plan = plan
        unsafe self.left = UnsafePointer(left)
        unsafe self.right = UnsafePointer(right)
        unsafe self.target = unsafe target
        inner = (plan.sides.last ?? 1, plan.leftStride.last ?? 1, plan.rightStride.last ?? 1)
        func starts(_ strides: [Int]) -> RunStarts {
            let outer = zip(plan.sides, strides).dropLast().map { side, stride in (0..<side).map { $0 * stride } }
            return RunStarts(IndexMap(offsets: outer), filled: 0)
        }
        (lefts, rights) = (starts(plan.leftStride), starts(plan.rightStride))
    }

    func run(_ part: Part) {
        part.split(lefts.count) { _, range in
            lefts.forEach(in: range, beside: rights) { row, leftStart, rightStart in
                unsafe apply(left + leftStart, right + rightStart, target + row * inner.side)
            }
        }
    }

    private func apply(_ left: Plane, _ right: Plane, _ target: MutablePlane) {
        if inner.left == 1 && inner.right == 1 {
            unsafe function.apply(kernels, left, right, target, inner.side)
            return
        }
        if inner.left == 1 && inner.right == 0,
            unsafe function.apply(kernels, left, repeated: right.pointee, target, inner.side)
        {
            return
        }
        for index in 0..<inner.side {
            unsafe target[index] = unsafe function.single(left[index * inner.left], right[index * inner.right])
        }
    }
}
