import KernelTypes

/// log of Softmax, along an axis; up to operator set 12 over everything from the axis on
enum LogSoftmaxOperator: Operator {
    static let name = "LogSoftmax"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let isOld = call.node.opset < 13
        let axis = try call.axis(try call.int("axis", isOld ? 1 : -1), rank: value.shape.count)
        let axes = isOld ? Array(axis..<value.shape.count) : [axis]
        // Shifted by the largest, so that no exponential overflows.
        let largest = try Reduction.reduced(call, lowering, value, axes, keeps: true, .maximum)
        let shifted = try lowering.binary(call, value, largest, .kernel(.subtract))
        let sum = try Reduction.reduced(
            call, lowering, try lowering.unary(shifted, .exponential), axes, keeps: true, .sum)
        return [try lowering.binary(call, shifted, try lowering.unary(sum, .logarithm), .kernel(.subtract))]
    }
}
