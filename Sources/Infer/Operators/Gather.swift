/// Entries along an axis by their numbers: pointers when these are known at load time, else copies
enum GatherOperator: Operator {
    static let name = "Gather"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let axis = try call.axis(try call.int("axis", 0), rank: value.shape.count)
        let side = value.shape[axis]
        if case .floats = (try call.input(1)).content { return [try atRun(call, value, axis, lowering)] }
        var map = IndexMap(identity: value.shape)
        let along = map.offsets[axis]
        var picked: [Int] = []
        for index in try call.integers(1) {
            let counted = index < 0 ? index + side : index
            guard (0..<side).contains(counted) else { throw call.invalid("index \(index) of \(side)") }
            picked.append(along[counted])
        }
        map.offsets[axis] = picked
        let shape = Array(value.shape[..<axis]) + (try call.input(1)).shape + Array(value.shape[(axis + 1)...])
        _ = try Limits.elements(of: shape)
        return [try lowering.moved(value, map).reshaped(shape)]
    }

    private static func atRun(
        _ call: Call, _ data: Value, _ axis: Int, _ lowering: Lowering
    ) throws(InferError) -> Value {
        let indices = try call.input(1)
        let (outer, inner) = (data.shape[..<axis].reduce(1, *), data.shape[(axis + 1)...].reduce(1, *))
        let shape = Array(data.shape[..<axis]) + indices.shape + Array(data.shape[(axis + 1)...])
        let count = try Limits.elements(of: shape)
        let rows = inner > 0 ? count / inner : 0
        let indexing = Indexing(
            run: inner, bases: (0..<rows).map { $0 / max(rows / max(outer, 1), 1) * data.shape[axis] * inner },
            positions: (0..<rows).map { $0 % max(indices.count, 1) }, strides: [inner], sides: [data.shape[axis]])
        return try lowering.gathered(call, data, indices, indexing, shape)
    }
}
