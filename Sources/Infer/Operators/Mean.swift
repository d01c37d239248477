import KernelTypes

/// The mean of any number of tensors, with broadcasting
enum MeanOperator: Operator {
    static let name = "Mean"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        var sum = try call.input(0)
        for index in call.inputs.indices.dropFirst() {
            sum = try lowering.binary(call, sum, try call.input(index), .kernel(.add))
        }
        return [try lowering.unary(sum, .affine(scale: 1 / Float(max(call.inputs.count, 1)), offset: 0))]
    }
}
