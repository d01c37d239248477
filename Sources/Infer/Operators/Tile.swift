/// The whole tensor several times along each axis
enum TileOperator: Operator {
    static let name = "Tile"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let repeats = try call.integers(1)
        guard repeats.count == value.shape.count, repeats.allSatisfy({ $0 >= 0 }) else {
            throw call.invalid("repeats \(repeats) of \(value.shape)")
        }
        for (side, times) in zip(value.shape, repeats) {
            _ = try call.product([side, times], most: Limits.tensorElements, "a side")
        }
        var map = IndexMap(identity: value.shape)
        _ = try Limits.elements(of: zip(value.shape, repeats).map { $0 * $1 })
        for axis in value.shape.indices {
            let once = map.offsets[axis]
            map.offsets[axis] = (0..<once.count * repeats[axis]).map { once[$0 % once.count] }
        }
        return [try lowering.moved(value, map)]
    }
}
