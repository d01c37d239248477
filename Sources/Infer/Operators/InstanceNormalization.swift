/// Every plane to mean 0 and deviation 1, then scale and offset per channel
enum InstanceNormalizationOperator: Operator {
    static let name = "InstanceNormalization"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        guard value.shape.count >= 3 else { throw call.invalid("input of shape \(value.shape)") }
        let standard = try lowering.standardized(
            call, value, columns: value.shape[2...].reduce(1, *), epsilon: try call.float("epsilon", 1e-5))
        return [
            try lowering.scaledByChannel(
                call, standard.result, scale: try call.input(1), offset: try call.input(2))
        ]
    }
}
