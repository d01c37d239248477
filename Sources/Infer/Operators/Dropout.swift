/// Does nothing outside of training; the mask is not made.
enum DropoutOperator: Operator {
    static let name = "Dropout"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        if call.node.outputs.count > 1 && !call.node.outputs[1].isEmpty { throw call.unsupported("the output mask") }
        if call.optional(2) != nil, try call.integers(2).first != 0 { throw call.unsupported("training_mode") }
        return [try call.input(0)]
    }
}
