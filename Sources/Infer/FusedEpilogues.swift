import KernelTypes

extension Rewriting {
    /// Activations that follow a convolution and nothing else reads, among them x · sigmoid(x).
    mutating func fuseActivations() {
        for index in nodes.indices {
            guard let node = nodes[index] else { continue }
            if node.type == "Mul" {
                fuseGate(node, at: index)
            } else if node.type == "PRelu" {
                fuseSlopes(node, at: index)
            } else if let activation = activation(of: node), let at = convolution(before: index, uses: 1) {
                replace(index, with: nil)
                finish(at, with: activation, output: node.outputs[0])
            }
        }
    }

    /// The convolution that feeds the first input of a node and may still get an activation.
    private func convolution(before index: Int, uses expected: Int) -> Int? {
        guard let name = nodes[index]?.inputs.first, uses(name) == expected else { return nil }
        return openConvolution(making: name, before: index)
    }

    private func openConvolution(making name: String, before index: Int) -> Int? {
        guard let at = node(making: name, type: "Conv", before: index), let convolution = nodes[at],
            convolution.activation == .none, convolution.residual == nil
        else { return nil }
        return at
    }

    private mutating func finish(_ at: Int, with activation: Activation, output: String) {
        guard var node = nodes[at] else { return }
        node.activation = activation
        node.outputs = [output]
        replace(at, with: node)
    }

    /// Whether there is one slope for each channel shows when the shapes are known: lowering takes it apart otherwise.
    private mutating func fuseSlopes(_ node: Node, at index: Int) {
        guard node.inputs.count == 2, node.outputs.count == 1, node.inputs[0] != node.inputs[1],
            let at = convolution(before: index, uses: 1), var made = nodes[at],
            constant(node.inputs[1]) != nil || producer[node.inputs[1]].map({ $0 < at }) == true
        else { return }
        made.slopes = node.inputs[1]
        made.activation = .leakyRelu(slope: 1)
        made.outputs = node.outputs
        replace(index, with: nil)
        replace(at, with: made)
    }

    /// Mul(x, Sigmoid(x)) or Mul(x, HardSigmoid(x)).
    private mutating func fuseGate(_ node: Node, at index: Int) {
        guard node.inputs.count == 2, node.outputs.count == 1 else { return }
        for (value, gate) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
            guard uses(value) == 2, uses(gate) == 1, let gateAt = producer[gate], gateAt < index,
                let gateNode = nodes[gateAt],
                gateNode.inputs.first == value, let function = activation(of: gateNode),
                let at = openConvolution(making: value, before: gateAt)
            else { continue }
            let fused: Activation
            if function == .sigmoid {
                fused = .silu
            } else if function == .hardSigmoid(alpha: 1 / 6, beta: 0.5) {
                fused = .hardSwish
            } else {
                continue
            }
            replace(gateAt, with: nil)
            replace(index, with: nil)
            finish(at, with: fused, output: node.outputs[0])
            return
        }
    }

    /// Nil when the node is not an activation or its numbers are not plain.
    func activation(of node: Node) -> Activation? {
        guard node.outputs.count == 1 else { return nil }
        func float(_ name: String, _ standard: Float) -> Float? {
            switch node.attributes[name] {
            case nil: standard
            case .float(let value): value
            default: nil
            }
        }
        switch node.type {
        case "Relu": return .relu
        case "Sigmoid": return .sigmoid
        case "HardSwish": return .hardSwish
        case "Gelu": return node.attributes["approximate"] == nil ? .gelu : nil
        case "LeakyRelu": return float("alpha", 0.01).map { .leakyRelu(slope: $0) }
        case "HardSigmoid":
            guard let alpha = float("alpha", 0.2), let beta = float("beta", 0.5) else { return nil }
            return .hardSigmoid(alpha: alpha, beta: beta)
        case "Clip":
            guard let low = limit(node, 1, float("min", -.infinity)), let high = limit(node, 2, float("max", .infinity))
            else { return nil }
            return .clip(low: low, high: high)
        default: return nil
        }
    }

    private func limit(_ node: Node, _ index: Int, _ attribute: Float?) -> Float? {
        guard node.inputs.count > index, !node.inputs[index].isEmpty else { return attribute }
        guard let tensor = constant(node.inputs[index]), case .floats(let buffer) = tensor.content else { return nil }
        return buffer.array().first
    }

    /// Conv → Add becomes one step at the place of the Add: the other tensor is added before the activation when there is
    /// none yet, after it otherwise. Lowering takes it apart again when the shapes turn out to differ.
    mutating func fuseAdditions() {
        for index in nodes.indices {
            guard let node = nodes[index], node.type == "Add", node.inputs.count == 2, node.outputs.count == 1 else {
                continue
            }
            for (value, other) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
                guard value != other, uses(value) == 1, constant(other) == nil,
                    let at = self.node(making: value, type: "Conv", before: index), var convolution = nodes[at],
                    convolution.initial == nil, convolution.residual == nil, !isGrouped(convolution)
                else { continue }
                if convolution.activation == .none { convolution.initial = other } else { convolution.residual = other }
                convolution.outputs = node.outputs
                replace(at, with: nil)
                replace(index, with: convolution)
                break
            }
        }
    }

    /// The depthwise kernel adds nothing.
    private func isGrouped(_ node: Node) -> Bool {
        guard case .int(let groups) = node.attributes["group"] else { return false }
        return groups != 1
    }
}
