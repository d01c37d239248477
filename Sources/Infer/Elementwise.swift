import Glibc
import KernelTypes

/// A function of one number that no kernel has; the plain loop is enough for how rarely detectors use them.
enum UnaryFunction {
    case activation(Activation)
    case exponential
    case sqrt, absolute, negate, reciprocal, logarithm, floor, ceil, softplus, roundHalfToEven, roundToHalf
    case elu(alpha: Float)
    case affine(scale: Float, offset: Float)
    /// Whatever else an operator says of one number.
    case plain(@Sendable (Float) -> Float)
}

/// A function of two numbers.
enum BinaryFunction {
    case kernel(BinaryOperation)
    case power
    /// left >= 0 ? left : left · right
    case prelu
    /// Whatever else an operator says of two numbers.
    case plain(@Sendable (Float, Float) -> Float)
}

extension Lowering {
    func unary(_ value: Value, _ function: UnaryFunction) throws(InferError) -> Value {
        let input = try layout(value)
        // One call over everything where the numbers lie in one piece.
        let source = input.regrouped(input.count) ?? input
        let target = try newTensor([source.count], blockSize: source.blockSize)
        let kernels = kernels
        try emit(reads: [source], writes: [target]) { memory in
            UnaryStep(
                kernels, function, from: PlaneList(source, in: memory), to: PlaneList(target, in: memory),
                floats: source.blockSize)
        }
        return .floats(value.shape, target)
    }

    /// Whole numbers stay whole ones.
    func binary(_ call: Call, _ left: Value, _ right: Value, _ function: BinaryFunction) throws(InferError) -> Value {
        let result = try combined(call, left, right, function)
        return left.type.isReal || right.type.isReal ? result : result.typed(left.type)
    }

    /// Both are integers that are known at load time.
    func areIntegers(_ left: Value, _ right: Value) -> Bool {
        if case .integers = left.content, case .integers = right.content { return true }
        return false
    }

    private func combined(
        _ call: Call, _ left: Value, _ right: Value, _ function: BinaryFunction
    ) throws(InferError) -> Value {
        let shape = try broadcast(call, left.shape, right.shape)
        if case .integers(let a) = left.content, case .integers(let b) = right.content, left.type == right.type {
            return try integers(call, (left, a), (right, b), shape, function)
        }
        if let single = try withSingleNumber(left, right, shape, function) { return single }
        if left.shape == right.shape { return try sameShape(left, right, function) }
        let (a, b) = (try dense(left), try dense(right))
        let target = try newDense(shape)
        let plan = BroadcastLoop(shape: shape, left: left.shape, right: right.shape)
        let kernels = kernels
        try emit(reads: [a, b], writes: [target]) { memory in
            unsafe BroadcastStep(
                kernels, function, plan, left: memory.pointer(a), right: memory.pointer(b), to: memory.pointer(target))
        }
        return .floats(shape, target)
    }

    private func sameShape(_ left: Value, _ right: Value, _ function: BinaryFunction) throws(InferError) -> Value {
        let whole = max(left.count, 1)
        let (leftLayout, rightLayout) = (try layout(left), try layout(right))
        let common = greatestCommonDivisor(leftLayout.blockSize, rightLayout.blockSize)
        let isOnePiece = leftLayout.regrouped(whole) != nil && rightLayout.regrouped(whole) != nil
        let piece = isOnePiece || !Layout.isWorthScattering(count: whole, piece: max(common, 1)) ? whole : common
        let (a, b) = (try planes(left, size: piece), try planes(right, size: piece))
        let target = try newTensor(left.shape, blockSize: piece)
        let kernels = kernels
        try emit(reads: [a, b], writes: [target]) { memory in
            BinaryStep(
                kernels, function, left: PlaneList(a, in: memory), right: PlaneList(b, in: memory),
                to: PlaneList(target, in: memory), floats: piece)
        }
        return .floats(left.shape, target)
    }

    /// x + c, x · c and so on for one known number c.
    private func withSingleNumber(_ left: Value, _ right: Value, _ shape: [Int], _ function: BinaryFunction)
        throws(InferError) -> Value?
    {
        guard case .kernel(let operation) = function else { return nil }
        func single(_ value: Value) -> Float? { value.count == 1 ? known(value)?.first : nil }
        var affine: (Value, scale: Float, offset: Float)?
        if left.shape == shape, let c = single(right) {
            switch operation {
            case .add: affine = (left, 1, c)
            case .subtract: affine = (left, 1, -c)
            case .multiply: affine = (left, c, 0)
            case .divide, .maximum, .minimum: break
            }
        } else if right.shape == shape, let c = single(left) {
            switch operation {
            case .add: affine = (right, 1, c)
            case .subtract: affine = (right, -1, c)
            case .multiply: affine = (right, c, 0)
            case .divide, .maximum, .minimum: break
            }
        }
        guard let affine, affine.scale.isFinite, affine.offset.isFinite else { return nil }
        return try unary(affine.0, .affine(scale: affine.scale, offset: affine.offset))
    }

    /// Yes or no for each pair of numbers: integers at load time, or ones and zeros at run time.
    func compared(
        _ call: Call, floats: @escaping @Sendable (Float, Float) -> Bool, integers: (Int64, Int64) -> Bool
    ) throws(InferError) -> Value {
        let (left, right) = (try call.input(0), try call.input(1))
        if case .integers = left.content, case .integers = right.content {
            return try combined(call) { integers($0, $1) ? 1 : 0 }.typed(.bool)
        }
        return try binary(call, left, right, .plain { floats($0, $1) ? 1 : 0 }).typed(.bool)
    }

    /// Two integer tensors element by element, with broadcasting.
    func combined(_ call: Call, _ function: (Int64, Int64) -> Int64) throws(InferError) -> Value {
        let (left, right) = (try call.input(0), try call.input(1))
        guard case .integers(let a) = left.content, case .integers(let b) = right.content else {
            throw call.unsupported("integers beside floats")
        }
        let shape = try broadcast(call, left.shape, right.shape)
        try countKnown(try Limits.elements(of: shape), "integers of shape \(shape)")
        let x = IndexMap(broadcasting: left.shape, to: shape).applied(to: a)
        let y = IndexMap(broadcasting: right.shape, to: shape).applied(to: b)
        return .integers(shape, zip(x, y).map(function), type: left.type)
    }

    /// Shape arithmetic. Overflow wraps, as it does in ONNX Runtime.
    private func integers(
        _ call: Call, _ left: (Value, Integers), _ right: (Value, Integers), _ shape: [Int], _ function: BinaryFunction
    ) throws(InferError) -> Value {
        try countKnown(try Limits.elements(of: shape), "integers of shape \(shape)")
        guard case .kernel(let operation) = function else { throw call.unsupported("integers") }
        let a = IndexMap(broadcasting: left.0.shape, to: shape).applied(to: left.1)
        let b = IndexMap(broadcasting: right.0.shape, to: shape).applied(to: right.1)
        var result: [Int64] = []
        for (x, y) in zip(a, b) {
            switch operation {
            case .add: result.append(x &+ y)
            case .subtract: result.append(x &- y)
            case .multiply: result.append(x &* y)
            case .divide:
                guard y != 0 else { throw call.invalid("an integer is divided by zero") }
                result.append(x.dividedReportingOverflow(by: y).partialValue)
            case .maximum: result.append(max(x, y))
            case .minimum: result.append(min(x, y))
            }
        }
        return .integers(shape, result, type: left.0.type)
    }

    /// https://github.com/onnx/onnx/blob/main/docs/Broadcasting.md
    func broadcast(_ call: Call, _ left: [Int], _ right: [Int]) throws(InferError) -> [Int] {
        let rank = max(left.count, right.count)
        var shape: [Int] = []
        for axis in 0..<rank {
            let a = axis < rank - left.count ? 1 : left[axis - (rank - left.count)]
            let b = axis < rank - right.count ? 1 : right[axis - (rank - right.count)]
            guard a == b || a == 1 || b == 1 else { throw call.invalid("shapes \(left) and \(right) do not broadcast") }
            shape.append(a == 1 ? b : a)
        }
        return shape
    }
}

extension IndexMap {
    /// Repeats sides of 1 as far as `shape` asks; the shapes are known to broadcast.
    init(broadcasting from: [Int], to shape: [Int]) {
        let strides = rowMajorStrides(from)
        let missing = shape.count - from.count
        var offsets: [[Int]] = []
        for axis in shape.indices {
            let stride = axis < missing || from[axis - missing] == 1 ? 0 : strides[axis - missing]
            offsets.append((0..<shape[axis]).map { $0 * stride })
        }
        self.init(offsets: offsets)
    }
}
