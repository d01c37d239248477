/// Every group of channels to mean 0 and deviation 1, then scale and offset: per channel from operator set 21, per group before
enum GroupNormalizationOperator: Operator {
    static let name = "GroupNormalization"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let groups = try call.int("num_groups", 0)
        guard value.shape.count >= 3, groups > 0, value.shape[1] % groups == 0 else {
            throw call.invalid("\(groups) groups of \(value.shape)")
        }
        let columns = value.shape[1...].reduce(1, *) / groups
        let standard = try lowering.standardized(
            call, value, columns: columns, epsilon: try call.float("epsilon", 1e-5)
        ).result
        let (scale, offset) = (try call.input(1), try call.input(2))
        if call.node.opset >= 21 {
            return [try lowering.scaledByChannel(call, standard, scale: scale, offset: offset)]
        }
        let grouped = standard.reshaped([value.shape[0], groups, columns])
        return [
            try lowering.scaledByChannel(call, grouped, scale: scale, offset: offset).reshaped(value.shape)
        ]
    }
}
