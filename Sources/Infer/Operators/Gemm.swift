import KernelTypes

/// alpha · A · B + beta · C
enum GemmOperator: Operator {
    static let name = "Gemm"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (left, right) = (try call.input(0), try call.input(1))
        guard left.shape.count == 2, right.shape.count == 2 else {
            throw call.invalid("\(left.shape) times \(right.shape)")
        }
        let transposes = (left: try call.int("transA", 0) != 0, right: try call.int("transB", 0) != 0)
        let a = transposes.left ? left.shape.reversed() : left.shape
        let b = transposes.right ? right.shape.reversed() : right.shape
        guard a[1] == b[0] else { throw call.invalid("\(left.shape) times \(right.shape)") }
        let product = try Multiplication(
            rows: a[0], columns: b[1], depth: a[1], transposesLeft: transposes.left, transposesRight: transposes.right,
            alpha: try call.float("alpha", 1)
        ).checked(call)
        let result = try MatMulOperator.multiplied(call, left, right, product, [(0, 0)], [a[0], b[1]], lowering)
        let beta = try call.float("beta", 1)
        guard let addend = call.optional(2), beta != 0 else { return [result] }
        let scaled = beta == 1 ? addend : try lowering.unary(addend, .affine(scale: beta, offset: 0))
        let sum = try lowering.binary(call, result, scaled, .kernel(.add))
        guard sum.shape == result.shape else { throw call.invalid("C of \(addend.shape) beside \(result.shape)") }
        return [sum]
    }
}
