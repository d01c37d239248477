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
        return .quads(value.shape, Int8x4Layout(target, scales: scales), type)
    }

    /// The bytes as numbers: real ones, or the integers themselves while nobody has dequantized them.
    func dequantized(_ quads: Int8x4Layout, _ type: ElementType) throws(InferError) -> Layout {
        let integers = ByteScale(scale: 1, zeroPoint: type == .int8 ? 128 : 0)
        let (source, index) = quads.blocks
        let places = zip(quads.channels, index).map { channel, quad in
            DequantizeStep.Place(quad: quad, lane: channel.lane, scale: type == .float ? channel.scale : integers)
        }
        let target = try newTensor([quads.count], blockSize: quads.pixels)
        let (kernels, pixels) = (kernels, quads.pixels)
        try emit(reads: [source], writes: [target]) { memory in
            DequantizeStep(
                kernels, from: PlaneList(source, in: memory), places: places, to: PlaneList(target, in: memory),
                pixels: pixels)
        }
        return target
    }

    /// Every byte by a table of 256, which makes bytes of one scale.
    func lookedUp(_ quads: Int8x4Layout, _ table: [UInt8], _ scale: ByteScale) throws(InferError) -> Int8x4Layout {
        let source = quads.blocks.layout
        let target = try newTensor([source.blocks.count, quads.pixels], blockSize: quads.pixels)
        let (kernels, pixels) = (kernels, quads.pixels)
        try emit(reads: [source], writes: [target]) { memory in
            LookUpStep(
                kernels, from: PlaneList(source, in: memory), table: table, to: PlaneList(target, in: memory),
                pixels: pixels)
        }
        var moved = quads.placed(in: target)
        for index in moved.channels.indices { moved.channels[index].scale = scale }
        return moved
    }

    /// The same numbers as bytes of one scale.
    func requantized(_ quads: Int8x4Layout, to scale: ByteScale) throws(InferError) -> Int8x4Layout {
        if quads.scale == scale { return quads }
        guard let from = quads.scale else {
            let real = Value.floats([quads.channels.count, 1, quads.pixels], try dequantized(quads, .float))
            let scales = [ByteScale](repeating: scale, count: quads.channels.count)
            guard case .quads(let anew) = try quantized(real, scales, .uint8).content else { return quads }
            return anew
        }
        return try lookedUp(quads, (0...255).map { scale.byte(from.real($0)) }, scale)
    }

    /// With channel i in lane i % 4 of quad i / 4.
    func aligned(_ quads: Int8x4Layout) throws(InferError) -> Layout {
        if let aligned = quads.aligned { return aligned }
        let (source, index) = quads.blocks
        let target = try newInt8x4(channels: quads.channels.count, pixels: quads.pixels)
        let (kernels, lanes, pixels) = (kernels, quads.channels.map { UInt8($0.lane) }, quads.pixels)
        try emit(reads: [source], writes: [target]) { memory in
            GatherInt8x4Step(
                kernels, from: PlaneList(source, in: memory), places: zip(index, lanes).map { ($0, $1) },
                to: PlaneList(target, in: memory), pixels: pixels)
        }
        return target
    }

    /// Moves whole channels of bytes; nil when the map cuts into them.
    func movedChannels(_ value: Value, _ map: IndexMap) -> Value? {
        guard case .quads(let quads) = value.content else { return nil }
        let numbered = Layout(
            blockSize: quads.pixels, blocks: quads.channels.indices.map { Block(storage: $0, offset: 0) })
        guard let moved = map.applied(to: numbered)?.regrouped(quads.pixels),
            moved.blocks.allSatisfy({ $0.offset == 0 })
        else { return nil }
        let channels = moved.blocks.map { quads.channels[$0.storage] }
        return .quads(map.shape, Int8x4Layout(pixels: quads.pixels, channels: channels), value.type)
    }

    /// What a node's QuantizeLinear still asks of its result, when the node has not done it itself.
    func finished(_ value: Value, _ target: ByteTarget) throws(InferError) -> Value {
        if value.isInt8x4 && value.type == target.type { return value }
        let channels = value.shape.count > 1 ? value.shape[0] * value.shape[1] : 0
        guard let scales = target.inner.each(of: channels), value.isInt8x4 || Self.isQuantizable(value.shape),
            !isConstant(value)
        else { return try inIntegers(value, target) }
        var bytes: Int8x4Layout
        if case .quads(let quads) = value.content {
            if quads.channels.map(\.scale) == scales {
                bytes = quads
            } else if let scale = target.inner.single {
                bytes = try requantized(quads, to: scale)
            } else {
                return try finished(try inFloats(value), target)
            }
        } else {
            guard case .quads(let quads) = try quantized(value, scales, target.type).content else { return value }
            bytes = quads
        }
        if let function = target.function { bytes = try lookedUp(bytes, function.table, function.scale) }
        return .quads(value.shape, bytes, target.type)
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
