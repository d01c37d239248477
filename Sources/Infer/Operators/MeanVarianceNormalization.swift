import KernelTypes

/// (x − mean) / deviation over axes, by default all but the channels
enum MeanVarianceNormalizationOperator: Operator {
    static let name = "MeanVarianceNormalization"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let axes = try call.axes(try call.ints("axes") ?? [0, 2, 3], rank: value.shape.count)
        let mean = try Reduction.reduced(call, lowering, value, axes, keeps: true, .mean)
        let centred = try lowering.binary(call, value, mean, .kernel(.subtract))
        let squares = try lowering.unary(centred, .plain { $0 * $0 })
        let variance = try Reduction.reduced(call, lowering, squares, axes, keeps: true, .mean)
        return [
            try lowering.binary(call, centred, variance, .plain { $0 / ($1.squareRoot() + 1e-9) })
        ]
    }
}
