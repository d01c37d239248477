/// Entries by the numbers of several axes at once
enum GatherNDOperator: Operator {
    static let name = "GatherND"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (data, indices) = (try call.input(0), try call.input(1))
        let batch = try call.int("batch_dims", 0)
        let indexing = try Indexing.tuples(call, of: indices.shape, batch: batch, data: data.shape)
        let shape = indices.shape.dropLast() + data.shape[(batch + indexing.sides.count)...]
        _ = try Limits.elements(of: Array(shape))
        return [try lowering.gathered(call, data, indices, indexing, Array(shape))]
    }
}
