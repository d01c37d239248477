import KernelTypes

extension Lowering {
    /// Whether a tensor of this shape can lie as bytes: pictures, with channels that are worth a pointer each.
    static func isQuantizable(_ shape: [Int]) -> Bool {
        guard shape.count >= 3, !shape.contains(0) else { return false }
        return shape[0] * shape[1] <= 1 << 12
    }

    func newQuads(channels: Int, pixels: Int) throws(InferError) -> Layout {
        let blocks = (channels + 3) / 4
        return try newTensor([blocks, pixels], blockSize: pixels)
    }

    /// Numbers as bytes.
    func quantized(_ value: Value, _ scale: ByteScale, _ type: ElementType) throws(InferError) -> Value {
        let channels = value.shape[0] * value.shape[1], pixels = value.count / channels
        let source = try planes(value, size: pixels)
        let target = try newQuads(channels: channels, pixels: pixels)
        let kernels = kernels
        try emit(reads: [source], writes: [target]) { memory in
            QuantizeStep(
                kernels, from: PlaneList(source, in: memory), to: PlaneList(target, in: memory), scale: scale,
                pixels: pixels)
        }
        return .quads(value.shape, QuadLayout(target, channels: channels), scale, type)
    }

    /// The bytes as numbers: real ones, or the integers themselves while nobody has dequantized them.
    func dequantized(_ quads: QuadLayout, _ scale: ByteScale, _ type: ElementType) throws(InferError) -> Layout {
        var meaning = scale
        if type != .float { meaning = ByteScale(scale: 1, zeroPoint: type == .int8 ? 128 : 0) }
        let (source, index) = quads.blocks
        let target = try newTensor([quads.count], blockSize: quads.pixels)
        let (kernels, lanes, pixels) = (kernels, quads.channels.map(\.lane), quads.pixels)
        try emit(reads: [source], writes: [target]) { memory in
            DequantizeStep(
                kernels, from: PlaneList(source, in: memory), places: zip(index, lanes).map { ($0, $1) },
                to: PlaneList(target, in: memory), scale: meaning, pixels: pixels)
        }
        return target
    }

    /// Every byte by a table of 256.
    func lookedUp(_ quads: QuadLayout, _ table: [UInt8]) throws(InferError) -> QuadLayout {
        let (source, index) = quads.blocks
        let target = try newTensor([source.blocks.count, quads.pixels], blockSize: quads.pixels)
        let (kernels, pixels) = (kernels, quads.pixels)
        try emit(reads: [source], writes: [target]) { memory in
            LookUpStep(
                kernels, from: PlaneList(source, in: memory), table: table, to: PlaneList(target, in: memory),
                pixels: pixels)
        }
        var moved = quads
        for place in moved.channels.indices { moved.channels[place].block = target.blocks[index[place]] }
        return moved
    }

    /// The same numbers as bytes of another scale.
    func requantized(_ quads: QuadLayout, from: ByteScale, to scale: ByteScale) throws(InferError) -> QuadLayout {
        if from == scale { return quads }
        return try lookedUp(quads, (0...255).map { scale.byte(from.real($0)) })
    }

    /// With channel i in lane i % 4 of quad i / 4.
    func aligned(_ quads: QuadLayout) throws(InferError) -> Layout {
        if let aligned = quads.aligned { return aligned }
        let (source, index) = quads.blocks
        let target = try newQuads(channels: quads.channels.count, pixels: quads.pixels)
        let (kernels, lanes, pixels) = (kernels, quads.channels.map { UInt8($0.lane) }, quads.pixels)
        try emit(reads: [source], writes: [target]) { memory in
            GatherQuadsStep(
                kernels, from: PlaneList(source, in: memory), places: zip(index, lanes).map { ($0, $1) },
                to: PlaneList(target, in: memory), pixels: pixels)
        }
        return target
    }

    /// Moves whole channels of bytes; nil when the map cuts into them.
    func movedChannels(_ value: Value, _ map: IndexMap) -> Value? {
        guard case .quads(let quads, let scale) = value.content else { return nil }
        let numbered = Layout(
            blockSize: quads.pixels, blocks: quads.channels.indices.map { Block(storage: $0, offset: 0) })
        guard let moved = map.applied(to: numbered)?.regrouped(quads.pixels),
            moved.blocks.allSatisfy({ $0.offset == 0 })
        else { return nil }
        let channels = moved.blocks.map { quads.channels[$0.storage] }
        return .quads(map.shape, QuadLayout(pixels: quads.pixels, channels: channels), scale, value.type)
    }

    /// What a node's QuantizeLinear still asks of its result, when the node has not done it itself.
    func finished(_ value: Value, _ target: ByteTarget) throws(InferError) -> Value {
        if case .quads(let quads, let scale) = value.content {
            if value.type == target.type { return value }
            let inner = try requantized(quads, from: scale, to: target.inner)
            let ended = try target.table.map { table throws(InferError) in try lookedUp(inner, table) } ?? inner
            return .quads(value.shape, ended, target.scale, target.type)
        }
        guard Self.isQuantizable(value.shape), !isConstant(value) else {
            return try inFloats(value, target)
        }
        let bytes = try quantized(value, target.inner, target.type)
        guard let table = target.table, case .quads(let quads, _) = bytes.content else { return bytes }
        return .quads(value.shape, try lookedUp(quads, table), target.scale, target.type)
    }

    /// QuantizeLinear with integers kept as floats, for what cannot lie as bytes.
    private func inFloats(_ value: Value, _ target: ByteTarget) throws(InferError) -> Value {
        let shift: Float = target.type == .int8 ? 128 : 0
        let (scale, table) = (target.inner, target.table)
        return try unary(
            value,
            .plain { x in
                let byte = scale.byte(x)
                return Float(table.map { $0[Int(byte)] } ?? byte) - shift
            }
        ).typed(target.type)
    }
}
