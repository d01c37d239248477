import KernelTypes

/// The sum of any number of tensors, with broadcasting
enum SumOperator: Operator {
    static let name = "Sum"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        var result = try call.input(0)
        for index in call.inputs.indices.dropFirst() {
            result = try lowering.binary(call, result, try call.input(index), .kernel(.add))
        }
        return [result]
    }
}
