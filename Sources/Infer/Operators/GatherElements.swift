/// For each place the entry along an axis that an index of the same place names
enum GatherElementsOperator: Operator {
    static let name = "GatherElements"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (data, indices) = (try call.input(0), try call.input(1))
        let axis = try call.axis(try call.int("axis", 0), rank: data.shape.count)
        let indexing = try Indexing.elements(call, of: indices.shape, along: axis, data: data.shape)
        return [try lowering.gathered(call, data, indices, indexing, indices.shape)]
    }
}
