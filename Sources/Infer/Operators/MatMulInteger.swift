/// A product of matrices of integers less their zero points, computed in floats: exact while sums stay below 2²⁴
enum MatMulIntegerOperator: Operator {
    static let name = "MatMulInteger"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        // One for each row of the left matrix stands beside its rows; one for each column of the right one above its columns.
        var rows = call.optional(2)
        if let list = rows, list.shape.count == 1, list.count > 1 { rows = list.reshaped([list.count, 1]) }
        let left = try lowering.withoutZeroPoint(call, 0, zeroPoint: rows)
        let right = try lowering.withoutZeroPoint(call, 1, zeroPoint: call.optional(3))
        let product = try MatMulOperator.lower(Call(node: call.node, inputs: [left, right]), lowering)
        return product.map { $0.typed(.int32) }
    }
}
