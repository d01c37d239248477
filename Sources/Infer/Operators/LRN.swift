import Glibc
import KernelTypes

/// x / (bias + alpha / size · Σ x² over neighbouring channels)^beta
enum LRNOperator: Operator {
    static let name = "LRN"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let size = try call.int("size", 0)
        guard value.shape.count >= 2, (1...4096).contains(size) else {
            throw call.invalid("size \(size) of \(value.shape)")
        }
        let (alpha, beta) = (try call.float("alpha", 1e-4) / Float(size), try call.float("beta", 0.75))
        let bias = try call.float("bias", 1)
        let squares = try lowering.unary(value, .plain { $0 * $0 })
        let sums = try neighbours(call, squares, size, lowering)
        return [
            try lowering.binary(call, value, sums, .plain { $0 / powf(bias + alpha * $1, beta) })
        ]
    }

    /// For each channel the sum over `size` channels around it: a product with a matrix of ones along the diagonal.
    private static func neighbours(
        _ call: Call, _ value: Value, _ size: Int, _ lowering: Lowering
    ) throws(InferError) -> Value {
        let channels = value.shape[1], floats = value.shape[2...].reduce(1, *)
        try lowering.countKnown(
            try call.product([channels, channels], most: Limits.knownElements, "the channels"), "the channels")
        let (before, after) = ((size - 1) / 2, size / 2)
        var band: [Float] = []
        for row in 0..<channels {
            for column in 0..<channels { band.append((row - before...row + after).contains(column) ? 1 : 0) }
        }
        let matrix = Value.floats([channels, channels], lowering.constant(FloatBuffer(band)))
        let product = try Multiplication(rows: channels, columns: floats, depth: channels).checked(call)
        let starts = (0..<value.shape[0]).map { (left: 0, right: $0 * channels * floats) }
        return try MatMulOperator.multiplied(call, matrix, value, product, starts, value.shape, lowering)
    }
}
