/// Adds a border: constant, edge, reflect or wrap. Negative pads cut.
enum PadOperator: Operator {
    static let name = "Pad"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let (before, after) = try pads(call, rank: value.shape.count)
        if (before + after).allSatisfy({ $0 == 0 }) { return [value] }
        var shape: [Int] = []
        for axis in value.shape.indices {
            let side = value.shape[axis] + before[axis] + after[axis]
            guard side >= 0 else { throw call.invalid("pads \(before) and \(after) of \(value.shape)") }
            shape.append(side)
        }
        _ = try Limits.elements(of: shape)
        let mode = try call.string("mode", "constant")
        if mode == "constant" { return [try constant(call, value, shape, before, lowering)] }
        var map = IndexMap(identity: value.shape)
        for axis in value.shape.indices where before[axis] != 0 || after[axis] != 0 {
            let side = value.shape[axis]
            guard side > 0 else { throw call.invalid("a border of nothing") }
            var offsets: [Int] = []
            for position in 0..<shape[axis] {
                offsets.append(map.offsets[axis][try source(call, mode, position - before[axis], side)])
            }
            map.offsets[axis] = offsets
        }
        return [try lowering.moved(value, map)]
    }

    private static func pads(_ call: Call, rank: Int) throws(InferError) -> (before: [Int], after: [Int]) {
        guard let list = try call.integers(attribute: "pads", orInput: 1) else {
            throw call.invalid("pads are missing")
        }
        let axes = try call.axes(call.optional(3) == nil ? Array(0..<rank) : try call.integers(3), rank: rank)
        guard list.count == 2 * axes.count else { throw call.invalid("\(list.count) pads for \(axes.count) axes") }
        var before = [Int](repeating: 0, count: rank)
        var after = before
        for (index, axis) in axes.enumerated() {
            before[axis] = list[index]
            after[axis] = list[index + axes.count]
        }
        return (before, after)
    }

    private static func source(_ call: Call, _ mode: String, _ position: Int, _ side: Int) throws(InferError) -> Int {
        switch mode {
        case "edge": return min(max(position, 0), side - 1)
        case "wrap": return (position % side + side) % side
        case "reflect":
            let period = max(2 * (side - 1), 1)
            let folded = (position % period + period) % period
            return min(folded, period - folded) % side
        default: throw call.unsupported("mode \(mode)")
        }
    }

    private static func constant(_ call: Call, _ value: Value, _ shape: [Int], _ before: [Int], _ lowering: Lowering)
        throws(InferError) -> Value
    {
        let filler = call.optional(2) == nil ? try call.float("value", 0) : try call.floats(2, lowering).first ?? 0
        guard case .floats = value.content else { throw call.unsupported("integers") }
        var inside = IndexMap(identity: value.shape)
        var target = IndexMap(identity: shape)
        for axis in shape.indices {
            // The part of the input that is still seen, and where it lands.
            let first = min(max(0, -before[axis]), value.shape[axis])
            let last = max(first, min(value.shape[axis], shape[axis] - before[axis]))
            inside.offsets[axis] = Array(inside.offsets[axis][first..<last])
            let landing = first + before[axis]
            target.offsets[axis] = Array(
                target.offsets[axis][min(landing, shape[axis])..<min(landing + last - first, shape[axis])])
        }
        let source = try lowering.dense(try lowering.moved(value, inside))
        let result = try lowering.newDense(shape)
        try lowering.emit(reads: [source], writes: [result]) { memory in
            unsafe PadStep(
                target, filler, from: memory.pointer(source), to: memory.pointer(result), floats: result.count)
        }
        if shape.count == 4, before.allSatisfy({ $0 >= 0 }), zip(shape, value.shape).allSatisfy({ $0 >= $1 }),
            shape[..<2] == value.shape[..<2]
        {
            lowering.origins.note(
                result, has: Origins.Border(inside: value, top: before[2], left: before[3], filler: filler))
        }
        return .floats(shape, result)
    }
}
