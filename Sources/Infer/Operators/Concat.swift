/// Tensors one after the other along an axis: a longer list of pointers where the pieces are whole planes.
enum ConcatOperator: Operator {
    static let name = "Concat"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let first = try call.input(0)
        let axis = try call.axis(try call.int("axis", 1), rank: first.shape.count)
        var parts: [Value] = []
        var shape = first.shape
        shape[axis] = 0
        for index in call.inputs.indices {
            let part = try call.input(index)
            var expected = shape
            expected[axis] = part.shape.indices.contains(axis) ? part.shape[axis] : 0
            guard part.shape == expected else { throw call.invalid("\(part.shape) beside \(first.shape)") }
            shape[axis] += part.shape[axis]
            if part.count > 0 { parts.append(part) }
        }
        _ = try Limits.elements(of: shape)
        if case .integers = first.content { return [try integers(call, shape, axis)] }
        if let joined = try bytes(parts, shape, axis, call.node.target, lowering) { return [joined] }
        return [try floats(parts, shape, axis, lowering)]
    }

    private static func integers(_ call: Call, _ shape: [Int], _ axis: Int) throws(InferError) -> Value {
        var lists: [[Int64]] = []
        for index in call.inputs.indices {
            guard case .integers(let list) = try call.input(index).content else {
                throw call.unsupported("integers beside floats")
            }
            lists.append(list.wide)
        }
        let outer = shape[..<axis].reduce(1, *), rowLength = shape[axis...].reduce(1, *)
        var joined = [Int64](repeating: 0, count: outer * rowLength)
        var start = 0
        for list in lists where outer > 0 {
            let length = list.count / outer
            for row in 0..<outer {
                for index in 0..<length { joined[row * rowLength + start + index] = list[row * length + index] }
            }
            start += length
        }
        return .integers(shape, joined, type: try call.input(0).type)
    }

    /// Longer lists of channels, when all parts lie as bytes. Where the result is to have one scale, those of another are
    /// looked up anew.
    private static func bytes(
        _ parts: [Value], _ shape: [Int], _ axis: Int, _ target: ByteTarget?, _ lowering: Lowering
    ) throws(InferError) -> Value? {
        let outer = shape[..<axis].reduce(1, *)
        var layouts: [Int8x4Layout] = []
        for part in parts {
            guard case .int8x4(let int8x4) = part.content, part.type == .float, outer > 0,
                int8x4.pixels == layouts.first?.pixels ?? int8x4.pixels, int8x4.channels.count % outer == 0
            else { return nil }
            layouts.append(int8x4)
        }
        guard let pixels = layouts.first?.pixels else { return nil }
        if let scale = target?.inner.single {
            for index in layouts.indices { layouts[index] = try lowering.requantized(layouts[index], to: scale) }
        }
        var channels: [Int8x4Channel] = []
        for row in 0..<outer {
            for layout in layouts {
                let each = layout.channels.count / outer
                channels += layout.channels[row * each..<(row + 1) * each]
            }
        }
        return .int8x4(shape, Int8x4Layout(pixels: pixels, channels: channels), .float)
    }

    private static func floats(_ parts: [Value], _ shape: [Int], _ axis: Int, _ lowering: Lowering)
        throws(InferError) -> Value
    {
        let outer = shape[..<axis].reduce(1, *)
        let lengths = parts.map { $0.count / max(outer, 1) }
        var layouts: [Layout] = []
        for part in parts { layouts.append(try lowering.layout(part)) }
        var piece = 0
        for (length, layout) in zip(lengths, layouts) {
            piece = greatestCommonDivisor(piece, greatestCommonDivisor(length, layout.blockSize))
        }
        guard piece > 0 else { return .floats(shape, .empty) }
        let count = shape.reduce(1, *)
        if Layout.isWorthScattering(count: count, piece: piece) {
            return .floats(shape, try joined(parts, lengths, outer: outer, piece: piece, lowering))
        }
        let target = try lowering.newDense(shape)
        try copy(parts, lengths, into: target, outer: outer, lowering)
        return .floats(shape, target)
    }

    private static func joined(_ parts: [Value], _ lengths: [Int], outer: Int, piece: Int, _ lowering: Lowering)
        throws(InferError) -> Layout
    {
        var layouts: [Layout] = []
        for part in parts { layouts.append(try lowering.planes(part, size: piece)) }
        var blocks: [Block] = []
        for row in 0..<outer {
            for (layout, length) in zip(layouts, lengths) {
                let pieces = length / piece
                blocks += layout.blocks[row * pieces..<(row + 1) * pieces]
            }
        }
        try lowering.countBlocks(blocks.count)
        return Layout(blockSize: piece, blocks: blocks)
    }

    private static func copy(_ parts: [Value], _ lengths: [Int], into target: Layout, outer: Int, _ lowering: Lowering)
        throws(InferError)
    {
        let rowLength = lengths.reduce(0, +)
        var start = 0
        for (part, length) in zip(parts, lengths) {
            let source = try lowering.dense(part)
            let first = start
            try lowering.emit(reads: [source], writes: [target]) { memory in
                let (from, to) = unsafe (memory.pointer(source), memory.pointer(target))
                return unsafe StridedRows(
                    rows: outer, floats: length, from: from, fromStep: length, to: to + first, toStep: rowLength)
            }
            start += length
        }
    }
}
