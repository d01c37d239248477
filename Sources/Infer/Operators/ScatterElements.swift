/// Puts each update where an index of the same place says
enum ScatterElementsOperator: Operator {
    static let name = "ScatterElements"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (data, indices, updates) = (try call.input(0), try call.input(1), try call.input(2))
        let axis = try call.axis(try call.int("axis", 0), rank: data.shape.count)
        guard updates.shape == indices.shape else {
            throw call.invalid("updates of shape \(updates.shape) at indices of shape \(indices.shape)")
        }
        let indexing = try Indexing.elements(call, of: indices.shape, along: axis, data: data.shape)
        return [try lowering.scattered(call, data, indices, updates, indexing)]
    }
}
