import KernelTypes

/// A layer of long short-term memory, in one direction or both, with the usual functions (sigmoid, tanh, tanh)
enum LSTMOperator: Operator {
    static let name = "LSTM"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let layer = try layer(call)
        let (rows, gates) = (layer.steps * layer.batch, 4 * layer.hidden)
        let work = try call.product(
            [layer.directions.count, rows, gates, layer.width + layer.hidden], most: Limits.multiplyAdds, "the work")
        guard max(rows, gates, layer.width) <= Int32.max else { throw call.unsupported("a tensor of this size") }
        let states = [layer.directions.count, layer.batch, layer.hidden]
        func state(_ index: Int) throws(InferError) -> Layout {
            guard let value = call.optional(index) else {
                return lowering.constant(FloatBuffer(count: states.reduce(1, *)))
            }
            guard value.shape == states else { throw call.invalid("a state of shape \(value.shape)") }
            return try lowering.floatsOnly(call, value)
        }
        func optional(_ index: Int, _ parts: Int) throws(InferError) -> Layout? {
            guard let value = call.optional(index) else { return nil }
            guard value.shape == [layer.directions.count, parts * layer.hidden] else {
                throw call.invalid("input \(index) of shape \(value.shape)")
            }
            return try lowering.floatsOnly(call, value)
        }
        let inputs = try [0, 1, 2].map { index throws(InferError) in
            try lowering.floatsOnly(call, try call.input(index))
        }
        let (bias, peepholes) = (try optional(3, 8), try optional(7, 3))
        let (hidden, cell) = (try state(5), try state(6))
        let shape = [layer.steps, layer.directions.count, layer.batch, layer.hidden]
        let outputs = [try lowering.newDense(shape), try lowering.newDense(states), try lowering.newDense(states)]
        let scratchFloats = try call.product([rows, gates], most: Limits.tensorElements, "the scratch")
        let scratch = try lowering.newScratch(floats: scratchFloats + layer.batch * layer.hidden)
        let reads = inputs + [hidden, cell] + [bias, peepholes].compactMap { $0 }
        try lowering.emit(reads: reads, writes: outputs + [scratch], multiplyAdds: work) {
            [kernels = lowering.kernels] memory in
            unsafe LSTMStep(
                kernels, layer,
                LSTMStep.Places(
                    input: memory.pointer(inputs[0]), weights: memory.pointer(inputs[1]),
                    recurrence: memory.pointer(inputs[2]), bias: bias.map { unsafe memory.pointer($0) },
                    peepholes: peepholes.map { unsafe memory.pointer($0) }, firstHidden: memory.pointer(hidden),
                    firstCell: memory.pointer(cell), output: memory.pointer(outputs[0]),
                    lastHidden: memory.pointer(outputs[1]), lastCell: memory.pointer(outputs[2])),
                scratch: PlaneList(scratch, in: memory))
        }
        return [.floats(shape, outputs[0]), .floats(states, outputs[1]), .floats(states, outputs[2])]
    }

    /// The node's sizes, checked.
    private static func layer(_ call: Call) throws(InferError) -> LSTMStep.Layer {
        let (input, weights, recurrence) = (try call.input(0).shape, try call.input(1).shape, try call.input(2).shape)
        let directions: [LSTMStep.Direction]
        switch try call.string("direction", "forward") {
        case "forward": directions = [.forward]
        case "reverse": directions = [.backward]
        case "bidirectional": directions = [.forward, .backward]
        case let other: throw call.invalid("direction \"\(other)\"")
        }
        guard input.count == 3, recurrence.count == 3, let hidden = recurrence.last, hidden > 0,
            input.allSatisfy({ $0 > 0 }), weights == [directions.count, 4 * hidden, input[2]],
            recurrence == [directions.count, 4 * hidden, hidden]
        else { throw call.invalid("an input of shape \(input) with weights \(weights) and \(recurrence)") }
        guard try call.int("layout", 0) == 0 else { throw call.unsupported("layout 1 (the batch first)") }
        guard try call.int("input_forget", 0) == 0 else { throw call.unsupported("input_forget") }
        guard call.node.attributes["clip"] == nil else { throw call.unsupported("clip") }
        if case .strings(let names) = call.node.attributes["activations"] {
            let usual = directions.flatMap { _ in ["sigmoid", "tanh", "tanh"] }
            guard names.map({ $0.lowercased() }) == usual else { throw call.unsupported("activations \(names)") }
        }
        if call.optional(4) != nil {
            guard try call.integers(4).allSatisfy({ $0 == input[0] }) else {
                throw call.unsupported("sequences of different lengths")
            }
        }
        return LSTMStep.Layer(
            steps: input[0], batch: input[1], width: input[2], hidden: hidden, directions: directions)
    }
}
