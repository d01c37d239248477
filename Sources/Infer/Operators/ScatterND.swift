/// Puts updates at places that the numbers of several axes name
enum ScatterNDOperator: Operator {
    static let name = "ScatterND"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (data, indices, updates) = (try call.input(0), try call.input(1), try call.input(2))
        let indexing = try Indexing.tuples(call, of: indices.shape, batch: 0, data: data.shape)
        return [try lowering.scattered(call, data, indices, updates, indexing)]
    }
}
