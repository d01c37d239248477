import KernelTypes

extension Lowering {
    /// Whether a tensor of this shape can lie as bytes: pictures, with channels that are worth a pointer each.
    static func isQuantizable(_ shape: [Int]) -> Bool {
        guard shape.count >= 3, !shape.contains(0) else { return false }
        return shape[0] * shape[1] <= 1 << 12
    }

    func newInt8x4(channels: Int, pixels: Int) throws(InferError) -> Layout {
        let blocks = (channels + 3) / 4
        return try newTensor([blocks, pixels], blockSize: pixels)
    }

    /// Numbers as bytes; `scales` has one for each channel.
    func quantized(_ value: Value, _ scales: [ByteScale], _ type: ElementType) throws(InferError) -> Value {
        let pixels = value.count / scales.count
        let source = try planes(value, size: pixels)
        let target = try newInt8x4(channels: scales.count, pixels: pixels)
        let kernels = kernels
        try emit(reads: [source], writes: [target]) { memory in
            QuantizeStep(
                kernels, from: PlaneList(source, in: memory), to: PlaneList(target, in: memory), scales: scales,
                pixels: pixels)
        }
        return .int8x4(value.shape, Int8x4Layout(target, scales: scales), type)
    }

    /// The bytes as numbers: real ones, or the integers themselves while nobody has dequantized them.
    func dequantized(_ int8x4: Int8x4Layout, _ type: ElementType) throws(InferError) -> Layout {
        let integers = ByteScale(scale: 1, zeroPoint: type == .int8 ? 128 : 0)
        let (source, index) = int8x4.blocks
        let places = zip(int8x4.channels, index).map { channel, block in
            DequantizeStep.Place(block: block, lane: channel.lane, scale: type == .float ? channel.scale : integers)
        }
        let target = try newTensor([int8x4.count], blockSize: int8x4.pixels)
        let (kernels, pixels) = (kernels, int8x4.pixels)
        try emit(reads: [source], writes: [target]) { memory in
            DequantizeStep(
                kernels, from: PlaneList(source, in: memory), places: places, to: PlaneList(target, in: memory),
                pixels: pixels)
        }
        return target
    }

    /// Every byte by a table of 256, which makes bytes of one scale.
    func lookedUp(_ int8x4: Int8x4Layout, _ table: [UInt8], _ scale: ByteScale) throws(InferError) -> Int8x4Layout {
        let source = int8x4.blocks.layout
        let target = try newTensor([source.blocks.count, int8x4.pixels], blockSize: int8x4.pixels)
        let (kernels, pixels) = (kernels, int8x4.pixels)
        try emit(reads: [source], writes: [target]) { memory in
            LookUpStep(
                kernels, from: PlaneList(source, in: memory), table: table, to: PlaneList(target, in: memory),
                pixels: pixels)
        }
        var moved = int8x4.placed(in: target)
        for index in moved.channels.indices { moved.channels[index].scale = scale }
        return moved
    }

    /// The same numbers as bytes of one scale.
    func requantized(_ int8x4: Int8x4Layout, to scale: ByteScale) throws(InferError) -> Int8x4Layout {
        if int8x4.scale == scale { return int8x4 }
        guard let from = int8x4.scale else {
            let real = Value.floats([int8x4.channels.count, 1, int8x4.pixels], try dequantized(int8x4, .float))
            let scales = [ByteScale](repeating: scale, count: int8x4.channels.count)
            guard case .int8x4(let anew) = try quantized(real, scales, .uint8).content else { return int8x4 }
            return anew
        }
        return try lookedUp(int8x4, (0...255).map { scale.byte(from.real($0)) }, scale)
    }

    /// With channel i in lane i % 4 of int8x4 block i / 4.
    func aligned(_ int8x4: Int8x4Layout) throws(InferError) -> Layout {
        if let aligned = int8x4.aligned { return aligned }
        let (source, index) = int8x4.blocks
        let target = try newInt8x4(channels: int8x4.channels.count, pixels: int8x4.pixels)
        let (kernels, lanes, pixels) = (kernels, int8x4.channels.map { UInt8($0.lane) }, int8x4.pixels)
        try emit(reads: [source], writes: [target]) { memory in
            GatherInt8x4Step(
                kernels, from: PlaneList(source, in: memory), places: zip(index, lanes).map { ($0, $1) },
                to: PlaneList(target, in: memory), pixels: pixels)
        }
        return target
    }

    /// Moves whole channels of bytes; nil when the map cuts into them.
    func movedChannels(_ value: Value, _ map: IndexMap) -> Value? {
        guard case .int8x4(let int8x4) = value.content else { return nil }
        let numbered = Layout(
            blockSize: int8x4.pixels, blocks: int8x4.channels.indices.map { Block(storage: $0, offset: 0) })
        guard let moved = map.applied(to: numbered)?.regrouped(int8x4.pixels),
            moved.blocks.allSatisfy({ $0.offset == 0 })
        else { return nil }
        let channels = moved.blocks.map { int8x4.channels[$0.storage] }
        return .int8x4(map.shape, Int8x4Layout(pixels: int8x4.pixels, channels: channels), value.type)
    }

    /// What a node's QuantizeLinear still asks of its result, when the node has not done it itself.
    func finished(_ value: Value, _ target: ByteTarget) throws(InferError) -> Value {
        if value.isInt8x4 && value.type == target.type { return value }
        let channels = value.shape.count > 1 ? value.shape[0] * value.shape[1] : 0
        guard let scales = target.inner.each(of: channels), value.isInt8x4 || Self.isQuantizable(value.shape),
            !isConstant(value)
        else { return try inIntegers(value, target) }
        var bytes: Int8x4Layout
        if case .int8x4(let int8x4) = value.content {
            if int8x4.channels.map(\.scale) == scales {
                bytes = int8x4
            } else if let scale = target.inner.single {
                bytes = try requantized(int8x4, to: scale)
            } else {
                return try finished(try inFloats(value), target)
            }
        } else {
            guard case .int8x4(let int8x4) = try quantized(value, scales, target.type).content else { return value }
            bytes = int8x4
        }
        if let function = target.function { bytes = try lookedUp(bytes, function.table, function.scale) }
        return .int8x4(value.shape, bytes, target.type)
    }

    /// QuantizeLinear with integers kept as floats, for what cannot lie as bytes.
    private func inIntegers(_ value: Value, _ target: ByteTarget) throws(InferError) -> Value {
        let shift: Float = target.type == .int8 ? 128 : 0
        guard let scale = target.inner.single else {
            throw .unsupported(
                operator: "QuantizeLinear", node: "behind a tensor of shape \(value.shape)", what: "a scale per channel"
            )
        }
        let table = target.function?.table
        return try unary(
            try inFloats(value),
            .plain { x in
                let byte = scale.byte(x)
                return Float(table.map { $0[Int(byte)] } ?? byte) - shift
            }
        ).typed(target.type)
    }
}
