import KernelTypes

/// The geometry of Resize: https://onnx.ai/onnx/operators/onnx__Resize.html
struct Resampling {
    enum Coordinates: String {
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
    }

    enum Nearest: String {
        case roundPreferFloor = "round_prefer_floor"
        case roundPreferCeil = "round_prefer_ceil"
        case floor, ceil
    }

    var coordinates: Coordinates
    var nearest: Nearest
    var isLinear: Bool
    var scales: [Float] = []

    init(coordinates: Coordinates, nearest: Nearest, isLinear: Bool) {
        self.coordinates = coordinates
        self.nearest = nearest
        self.isLinear = isLinear
    }

    /// floor(side · scale)
    func sides(_ call: Call, _ shape: [Int]) throws(InferError) -> [Int] {
        var sides: [Int] = []
        for (side, scale) in zip(shape, scales) {
            let scaled = (Float(side) * scale).rounded(.down)
            guard scaled >= 1, scaled <= Float(Limits.tensorElements) else {
                throw call.invalid("\(shape) times \(scales)")
            }
            sides.append(Int(scaled))
        }
        return sides
    }

    func lower(_ call: Call, _ value: Value, _ shape: [Int], _ lowering: Lowering) throws(InferError) -> Value {
        _ = try Limits.elements(of: shape)
        if isLinear && value.isInt8x4 { return try lower(call, try lowering.inFloats(value), shape, lowering) }
        if case .integers = value.content { throw call.unsupported("integers or empty tensors") }
        guard !shape.contains(0), !value.shape.contains(0) else {
            throw call.unsupported("integers or empty tensors")
        }
        if shape == value.shape && scales.allSatisfy({ $0 == 1 }) { return value }
        return isLinear
            ? try linear(call, value, shape, lowering) : try nearestNeighbour(value, shape, lowering)
    }

    /// Where output position `x` lies in the input, in pixels.
    private func source(_ x: Int, _ side: Int, _ target: Int, _ scale: Float) -> Float {
        switch coordinates {
        case .halfPixel: return (Float(x) + 0.5) / scale - 0.5
        case .pytorchHalfPixel: return target > 1 ? (Float(x) + 0.5) / scale - 0.5 : 0
        case .asymmetric: return Float(x) / scale
        case .alignCorners:
            // The specification does not round the scaled length here.
            let scaled = scale * Float(side)
            return scaled > 1 ? Float(x) * Float(side - 1) / (scaled - 1) : 0
        case .halfPixelSymmetric:
            let adjustment = Float(target) / (scale * Float(side))
            return Float(side) / 2 * (1 - adjustment) + (Float(x) + 0.5) / scale - 0.5
        }
    }

    private func nearestIndex(_ position: Float) -> Int {
        switch nearest {
        case .floor: Int(position.rounded(.down))
        case .ceil: Int(position.rounded(.up))
        case .roundPreferFloor: Int((position - 0.5).rounded(.up))
        case .roundPreferCeil: Int((position + 0.5).rounded(.down))
        }
    }

    private func nearestNeighbour(_ value: Value, _ shape: [Int], _ lowering: Lowering) throws(InferError) -> Value {
        var picked: [[Int]] = []
        for axis in shape.indices {
            let side = value.shape[axis]
            picked.append(
                (0..<shape[axis]).map { x in
                    min(max(nearestIndex(source(x, side, shape[axis], scales[axis])), 0), side - 1)
                })
        }
        if let upsampled = try repeated(value, shape, picked, lowering) { return upsampled }
        let strides = rowMajorStrides(value.shape)
        let map = IndexMap(offsets: zip(picked, strides).map { list, stride in list.map { $0 * stride } })
        return try lowering.moved(value, map)
    }

    /// Every pixel becomes a block of whole size: the kernel that every detector's neck needs.
    private func repeated(_ value: Value, _ shape: [Int], _ picked: [[Int]], _ lowering: Lowering) throws(InferError)
        -> Value?
    {
        let rank = shape.count
        guard rank == 4, Array(shape[..<2]) == Array(value.shape[..<2]), shape[2] % value.shape[2] == 0,
            shape[3] % value.shape[3] == 0
        else { return nil }
        let factors = Origins.Factors(y: shape[2] / value.shape[2], x: shape[3] / value.shape[3])
        guard picked[2] == (0..<shape[2]).map({ $0 / factors.y }), picked[3] == (0..<shape[3]).map({ $0 / factors.x })
        else { return nil }
        let enlargement = Origins.Enlargement(height: value.shape[2], width: value.shape[3], factors: factors)
        if case .int8x4(let int8x4) = value.content {
            guard int8x4.pixels == enlargement.pixels else { return nil }
            // A word moves as a float does.
            let target = try lowering.enlarged(int8x4.blocks.layout, enlargement)
            return .int8x4(shape, int8x4.placed(in: target), value.type)
        }
        let source = try lowering.planes(value, size: enlargement.pixels)
        return .floats(shape, try lowering.enlarged(source, enlargement))
    }

    /// Output positions as two neighbours and the weight of the right one.
    private func neighbours(_ side: Int, _ target: Int, _ scale: Float) -> LinearAxis {
        var axis = LinearAxis()
        for x in 0..<target {
            let position = min(max(source(x, side, target, scale), 0), Float(side - 1))
            let left = min(Int(position.rounded(.down)), side - 1)
            axis.left.append(Int32(left))
            axis.right.append(Int32(min(left + 1, side - 1)))
            axis.weight.append(position - Float(left))
        }
        return axis
    }

    private func linear(_ call: Call, _ value: Value, _ shape: [Int], _ lowering: Lowering) throws(InferError) -> Value
    {
        let rank = shape.count
        guard rank >= 2, Array(shape[..<(rank - 2)]) == Array(value.shape[..<(rank - 2)]) else {
            throw call.unsupported("linear resizing of more than the last two axes")
        }
        let sides = (y: value.shape[rank - 2], x: value.shape[rank - 1])
        let targets = (y: shape[rank - 2], x: shape[rank - 1])
        let rows = neighbours(sides.y, targets.y, scales[rank - 2])
        let columns = neighbours(sides.x, targets.x, scales[rank - 1])
        let source = try lowering.planes(value, size: sides.y * sides.x)
        let target = try lowering.newTensor(shape, blockSize: targets.y * targets.x)
        let kernels = lowering.kernels
        try lowering.emit(reads: [source], writes: [target]) { memory in
            LinearResizeStep(
                kernels, from: PlaneList(source, in: memory), to: PlaneList(target, in: memory), rows: rows,
                columns: columns, inputWidth: sides.x)
        }
        return .floats(shape, target)
    }
}

/// For each output position the two input positions that it mixes, and the weight of the right one.
struct LinearAxis {
    var left: [Int32] = []
    var right: [Int32] = []
    var weight: [Float] = []
}
