/// The position of the largest number along an axis, kept as a float (exact up to 2²⁴)
enum ArgMaxOperator: Operator {
    static let name = "ArgMax"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [try position(call, try call.input(0), lowering)]
    }

    static func position(_ call: Call, _ value: Value, _ lowering: Lowering) throws(InferError) -> Value {
        let axis = try call.axis(try call.int("axis", 0), rank: value.shape.count)
        guard value.shape[axis] <= 1 << 24 else { throw call.unsupported("an axis of \(value.shape[axis])") }
        let kind = Reduction.argMax(last: try call.int("select_last_index", 0) != 0)
        let keeps = try call.int("keepdims", 1) != 0
        return try Reduction.reduced(call, lowering, value, [axis], keeps: keeps, kind).typed(.int64)
    }
}
