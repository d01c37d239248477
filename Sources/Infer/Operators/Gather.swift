/// Entries along an axis by their numbers, which are known at load time
enum GatherOperator: Operator {
    static let name = "Gather"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let axis = try call.axis(try call.int("axis", 0), rank: value.shape.count)
        let side = value.shape[axis]
        var map = IndexMap(identity: value.shape)
        let along = map.offsets[axis]
        var picked: [Int] = []
        for index in try call.integers(1) {
            let counted = index < 0 ? index + side : index
            guard (0..<side).contains(counted) else { throw call.invalid("index \(index) of \(side)") }
            picked.append(along[counted])
        }
        map.offsets[axis] = picked
        let shape = value.shape[..<axis] + (try call.input(1)).shape + value.shape[(axis + 1)...]
        _ = try Limits.elements(of: Array(shape))
        return [try lowering.moved(value, map).reshaped(Array(shape))]
    }
}
