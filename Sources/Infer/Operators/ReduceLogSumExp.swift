import KernelTypes

/// log Σ eˣ along axes
enum ReduceLogSumExpOperator: Operator {
    static let name = "ReduceLogSumExp"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        guard let axes = try Reduction.axes(call, value) else { return [value] }
        // Shifted by the largest, so that no exponential overflows.
        let largest = try Reduction.reduced(call, lowering, value, axes, keeps: true, .maximum)
        let shifted = try lowering.unary(
            try lowering.binary(call, value, largest, .kernel(.subtract)), .exponential)
        let sum = try Reduction.reduced(call, lowering, shifted, axes, keeps: true, .sum)
        let result = try lowering.binary(call, try lowering.unary(sum, .logarithm), largest, .kernel(.add))
        if try call.int("keepdims", 1) != 0 { return [result] }
        return [result.reshaped(value.shape.indices.filter { !axes.contains($0) }.map { value.shape[$0] })]
    }
}
