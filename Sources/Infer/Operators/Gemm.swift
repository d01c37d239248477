import KernelTypes

/// alpha · A · B + beta · C
enum GemmOperator: Operator {
    static let name = "Gemm"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        if let bytes = try quantized(call, lowering) { return [bytes] }
        let (left, right) = (try lowering.inFloats(call.input(0)), try lowering.inFloats(call.input(1)))
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
        guard let addend = try call.optional(2).map(lowering.inFloats), beta != 0 else { return [result] }
        let scaled = beta == 1 ? addend : try lowering.unary(addend, .affine(scale: beta, offset: 0))
        let sum = try lowering.binary(call, result, scaled, .kernel(.add))
        guard sum.shape == result.shape else { throw call.invalid("C of \(addend.shape) beside \(result.shape)") }
        return [sum]
    }

    /// The same with 8-bit numbers, when A lies as bytes and B was made of some, row by row: each row of A is a picture of one
    /// pixel, and B a convolution of 1x1. Nil when it has to be computed with floats.
    private static func quantized(_ call: Call, _ lowering: Lowering) throws(InferError) -> Value? {
        let (left, right) = (try call.input(0), try call.input(1))
        guard case .int8x4(let bytes) = left.content, left.type == .float, let origin = right.origin,
            left.shape.count == 2, right.shape.count == 2, left.shape[1] == right.shape[1], !right.shape.contains(0),
            try call.int("transA", 0) == 0, try call.int("transB", 0) != 0, try call.float("alpha", 1) == 1,
            try call.float("beta", 1) == 1
        else { return nil }
        let (rows, outputs) = (left.shape[0], right.shape[0])
        var bias = [Float](repeating: 0, count: outputs)
        if let addend = call.optional(2) {
            guard let known = lowering.known(addend), known.count == outputs, addend.shape.last == outputs else {
                return nil
            }
            bias = known
        }
        let pixel = Window(
            inputHeight: 1, inputWidth: 1, outputHeight: 1, outputWidth: 1, kernelHeight: 1, kernelWidth: 1)
        let product = QuantizedConv(
            call: call, lowering: lowering, input: bytes, origin: origin, bias: bias, slopes: nil, window: pixel,
            shape: [rows, outputs], batch: rows, channels: left.shape[1], outputs: outputs, groups: 1)
        return try product.lowered()
    }
}
