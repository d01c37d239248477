import KernelTypes

/// Which tensors of a graph become bytes: what convolutions read, and from there back through whatever only moves numbers,
/// adds them or is a function of one number.
struct QuantizationPlan {
    /// Convolutions (positions in the graph) whose weights become 8-bit numbers.
    private(set) var convolutions: [Int] = []
    /// All tensors that become bytes.
    private(set) var tensors: Set<String> = []
    /// Those with a scale for each channel: only depthwise convolutions read them, which sum no channels. The channels of
    /// detectors' first layers differ a hundredfold.
    private(set) var perChannel: Set<String> = []
    /// What follows a tensor that lies between a convolution and its activation: bytes there make the activation a table. Only
    /// where the function is dear (it has an exponential), and not in front of depthwise convolutions: with one scale for all
    /// channels too little would be left of some.
    private(set) var functions: [String: Activation] = [:]
    /// What 1x1 convolutions of all channels read.
    private(set) var pointwise: Set<String> = []
    private var parent: [String: String] = [:]

    init(_ rewriting: Rewriting) {
        var waiting: [String] = []
        for (index, node) in rewriting.nodes.enumerated() {
            guard let node, Self.isQuantizable(node, rewriting) else { continue }
            convolutions.append(index)
            waiting.append(node.inputs[0])
            if let weights = rewriting.constant(node.inputs[1]), isPointwise(weights) {
                pointwise.insert(node.inputs[0])
            }
        }
        while let name = waiting.popLast() {
            guard tensors.insert(name).inserted else { continue }
            waiting += sources(of: name, rewriting)
        }
        perChannel = tensors.filter { isReadByDepthwiseOnly($0, rewriting) }
    }

    /// - Parameter weights: of a convolution that can be quantized: with one input channel they are depthwise.
    func isPointwise(_ weights: ConstantTensor) -> Bool {
        weights.shape.dropFirst(2).allSatisfy { $0 == 1 } && weights.shape[1] > 1
    }

    private func isReadByDepthwiseOnly(_ name: String, _ rewriting: Rewriting) -> Bool {
        let readers = rewriting.readers[name] ?? []
        return !rewriting.isOutput(name) && parent[name] == nil && !parent.values.contains(name)
            && readers.allSatisfy { index in
                guard convolutions.contains(index), case .int(let groups) = rewriting.nodes[index]?.attributes["group"]
                else { return false }
                return groups > 1
            }
    }

    /// Tensors with the same answer share scale and zero point.
    func group(_ name: String) -> String {
        var name = name
        while let above = parent[name] { name = above }
        return name
    }

    private mutating func join(_ name: String, _ other: String) {
        let (a, b) = (group(name), group(other))
        if a != b { parent[a] = b }
    }

    private static func isQuantizable(_ node: Node, _ rewriting: Rewriting) -> Bool {
        guard node.type == "Conv", node.inputs.count >= 2, node.outputs.count == 1,
            rewriting.constant(node.inputs[0]) == nil,
            let weights = rewriting.constant(node.inputs[1]), case .floats(let buffer) = weights.content,
            weights.shape.count == 4, let outputs = weights.shape.first, outputs > 0, buffer.count > 0,
            buffer.array().allSatisfy(\.isFinite)
        else { return false }
        if node.inputs.count > 2, !node.inputs[2].isEmpty {
            guard let bias = rewriting.constant(node.inputs[2]), case .floats(let buffer) = bias.content,
                buffer.count == outputs, buffer.array().allSatisfy(\.isFinite)
            else { return false }
        }
        guard case .int(let groups) = node.attributes["group"] else { return true }
        return groups == 1 || (weights.shape[1] == 1 && outputs == groups)
    }

    /// What a tensor of bytes is made from, as far as that has to be bytes, too.
    private mutating func sources(of name: String, _ rewriting: Rewriting) -> [String] {
        guard let at = rewriting.producer[name], let node = rewriting.nodes[at] else { return [] }
        let variable = node.inputs.filter { !$0.isEmpty && rewriting.constant($0) == nil }
        switch node.type {
        case "Concat", "Slice", "Split", "Transpose", "Reshape", "MaxPool", "Flatten", "Squeeze", "Unsqueeze", "Gather":
            let moved = node.type == "Concat" ? variable : Array(variable.prefix(1))
            for source in moved { join(name, source) }
            return moved
        case "Resize", "Upsample":
            if case .string(let mode) = node.attributes["mode"], mode != "nearest" { return [] }
            for source in variable.prefix(1) { join(name, source) }
            return Array(variable.prefix(1))
        case "Add": return variable.count == 2 ? variable : []
        case "Mul":
            guard !isReadByDepthwiseOnly(name, rewriting), let value = silu(node, at, rewriting) else { return [] }
            functions[value] = .silu
            return [value]
        case "Sigmoid":
            guard !isReadByDepthwiseOnly(name, rewriting), let value = node.inputs.first, isSum(value, rewriting) else {
                return []
            }
            functions[value] = .sigmoid
            return [value]
        default: return []
        }
    }

    /// Whether nothing but the function needs these bytes: without them it is computed from floats.
    func isReadByFunctionOnly(_ name: String, _ rewriting: Rewriting) -> Bool {
        functions[name] != nil && parent[name] == nil && !parent.values.contains(name) && !rewriting.isOutput(name)
            && (rewriting.readers[name] ?? []).allSatisfy { ["Sigmoid", "Mul"].contains(rewriting.nodes[$0]?.type) }
    }

    /// x · sigmoid(x) of a convolution's result: the name of x.
    private func silu(_ node: Node, _ at: Int, _ rewriting: Rewriting) -> String? {
        guard node.inputs.count == 2 else { return nil }
        for (value, gate) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
            guard let gateAt = rewriting.producer[gate], gateAt < at, rewriting.nodes[gateAt]?.type == "Sigmoid",
                rewriting.nodes[gateAt]?.inputs.first == value, isSum(value, rewriting)
            else { continue }
            return value
        }
        return nil
    }

    private func isSum(_ name: String, _ rewriting: Rewriting) -> Bool {
        guard let at = rewriting.producer[name] else { return false }
        return rewriting.nodes[at]?.type == "Conv"
    }
}
