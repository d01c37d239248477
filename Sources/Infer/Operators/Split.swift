/// Pieces along an axis; their sizes are an attribute up to operator set 12, an input from 13.
enum SplitOperator: Operator {
    static let name = "Split"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let axis = try call.axis(try call.int("axis", 0), rank: value.shape.count)
        let side = value.shape[axis]
        var sizes = try call.integers(attribute: "split", orInput: 1) ?? []
        if sizes.isEmpty { sizes = try equal(call, side) }
        guard sizes.allSatisfy({ $0 >= 0 && $0 <= side }), sizes.reduce(0, +) == side else {
            throw call.invalid("pieces \(sizes) of \(side)")
        }
        var pieces: [Value] = []
        var start = 0
        for size in sizes {
            var map = IndexMap(identity: value.shape)
            map.offsets[axis] = Array(map.offsets[axis][start..<start + size])
            pieces.append(try lowering.moved(value, map))
            start += size
        }
        return pieces
    }

    /// The last piece is the smaller one when they cannot be equal.
    private static func equal(_ call: Call, _ side: Int) throws(InferError) -> [Int] {
        let count = try call.int("num_outputs", call.node.outputs.count)
        guard count > 0, count <= max(side, 1), count <= Limits.nodes else {
            throw call.invalid("\(count) pieces of \(side)")
        }
        let size = (side + count - 1) / count
        return (0..<count).map { min(size, max(0, side - $0 * size)) }
    }
}
