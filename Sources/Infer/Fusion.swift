import KernelTypes

/// Rewrites of the graph that leave its meaning and make it faster, in the order in which they help each other.
enum Fusion {
    /// The same graph with fewer nodes, still in ONNX's terms.
    static func simplified(_ graph: Graph) -> Graph {
        var rewriting = Rewriting(graph)
        rewriting.simplify()
        return rewriting.finished()
    }

    static func fused(_ graph: Graph) -> Graph {
        var rewriting = Rewriting(graph)
        rewriting.simplify()
        rewriting.gatherGelus()
        rewriting.gatherHardFunctions()
        rewriting.fuseActivations()
        rewriting.fuseAdditions()
        // An addition may have come between a convolution and its activation.
        rewriting.fuseActivations()
        rewriting.fuseQuantization()
        return rewriting.finished()
    }
}

/// A graph while it is rewritten: removed nodes leave a hole, so that positions stay. Who makes and who reads a name is kept
/// along with every change.
struct Rewriting {
    private(set) var graph: Graph
    private(set) var nodes: [Node?]
    /// Which node makes a name.
    private(set) var producer: [String: Int] = [:]
    /// Which nodes read a name, once for each time.
    private(set) var readers: [String: [Int]] = [:]
    private let outputs: Set<String>

    init(_ graph: Graph) {
        self.graph = graph
        nodes = [Node?](repeating: nil, count: graph.nodes.count)
        outputs = Set(graph.outputs.map(\.name))
        for (index, node) in graph.nodes.enumerated() { replace(index, with: node) }
    }

    /// Nil removes the node.
    mutating func replace(_ index: Int, with node: Node?) {
        if let old = nodes[index] {
            for name in old.outputs where producer[name] == index { producer[name] = nil }
            for name in Set(old.inputs + old.addends) { readers[name]?.removeAll { $0 == index } }
        }
        nodes[index] = node
        guard let node else { return }
        for name in node.outputs where !name.isEmpty { producer[name] = index }
        for name in node.inputs + node.addends where !name.isEmpty { readers[name, default: []].append(index) }
    }

    /// How often a name is read, by nodes and as a graph output.
    func uses(_ name: String) -> Int { (readers[name]?.count ?? 0) + (outputs.contains(name) ? 1 : 0) }

    func finished() -> Graph {
        var finished = graph
        finished.nodes = nodes.compactMap { $0 }
        return finished
    }

    mutating func add(_ tensor: ConstantTensor) { graph.constants[tensor.name] = tensor }

    func constant(_ name: String) -> ConstantTensor? { graph.constants[name] }

    func isOutput(_ name: String) -> Bool { outputs.contains(name) }

    /// The node of a type that makes `name`, when it comes before `index`: files may be out of order or in circles.
    func node(making name: String, type: String, before index: Int) -> Int? {
        guard let made = producer[name], made < index, nodes[made]?.type == type else { return nil }
        return made
    }

    mutating func simplify() {
        dropPassThroughs()
        takeConstants()
        foldBatchNormalizations()
        foldSpaceToDepth()
        dropTransposesAroundSoftmax()
    }

    /// The node, after its inputs have got other names.
    mutating func renamed(_ index: Int, _ alias: [String: String]) -> Node? {
        guard var node = nodes[index] else { return nil }
        guard node.inputs.contains(where: { alias[$0] != nil }) else { return node }
        node.inputs = node.inputs.map { alias[$0] ?? $0 }
        replace(index, with: node)
        return node
    }

    /// Identity, and Dropout outside of training.
    mutating func dropPassThroughs() {
        var alias: [String: String] = [:]
        for index in nodes.indices {
            guard let node = renamed(index, alias) else { continue }
            let isPlain = node.type == "Identity" || (node.type == "Dropout" && node.inputs.count < 3)
            guard isPlain, let from = node.inputs.first, let to = node.outputs.first, !isOutput(to),
                node.outputs.dropFirst().allSatisfy({ uses($0) == 0 })
            else { continue }
            alias[to] = from
            replace(index, with: nil)
        }
    }

    /// Constant nodes that hold a tensor become constants of the graph, and so do casts of weights that are stored in
    /// another width: they are `Float` since they were read.
    mutating func takeConstants() {
        for index in nodes.indices {
            guard let node = nodes[index], let name = node.outputs.first, !isOutput(name),
                let tensor = tensor(inside: node) ?? widenedConstant(node)
            else { continue }
            graph.constants[name] = tensor
            replace(index, with: nil)
        }
    }

    private func tensor(inside node: Node) -> ConstantTensor? {
        guard node.type == "Constant", case .tensor(let tensor) = node.attributes["value"] else { return nil }
        return tensor
    }

    private func widenedConstant(_ node: Node) -> ConstantTensor? {
        guard node.type == "Cast", case .int(let code) = node.attributes["to"],
            let type = ElementType(rawValue: code), type == .float || type == .double,
            let from = node.inputs.first, let tensor = constant(from), case .floats = tensor.content
        else { return nil }
        return tensor
    }

    /// Conv → BatchNormalization becomes one Conv with other weights: w' = w · s, b' = (b − mean) · s + beta, with
    /// s = scale / √(var + epsilon).
    mutating func foldBatchNormalizations() {
        for index in nodes.indices {
            guard let node = nodes[index], node.type == "BatchNormalization", node.inputs.count == 5,
                node.outputs.count == 1,
                let name = node.inputs.first, uses(name) == 1,
                let at = self.node(making: name, type: "Conv", before: index),
                var convolution = nodes[at], node.attributes["training_mode"] == nil,
                let folded = foldedWeights(convolution, node)
            else { continue }
            let title = "\(node.outputs.first ?? name)/folded"
            add(ConstantTensor(name: "\(title)/weights", shape: folded.shape, floats: folded.weights))
            add(ConstantTensor(name: "\(title)/bias", shape: [folded.bias.count], floats: folded.bias))
            convolution.inputs = [convolution.inputs[0], "\(title)/weights", "\(title)/bias"]
            convolution.outputs = [node.outputs[0]]
            replace(index, with: nil)
            replace(at, with: convolution)
        }
    }

    private func foldedWeights(_ convolution: Node, _ node: Node) -> (shape: [Int], weights: [Float], bias: [Float])? {
        guard convolution.inputs.count >= 2, let weight = constant(convolution.inputs[1]),
            let channels = weight.shape.first,
            channels > 0, case .floats(let buffer) = weight.content
        else { return nil }
        let epsilon: Float
        switch node.attributes["epsilon"] {
        case nil: epsilon = 1e-5
        case .float(let value): epsilon = value
        default: return nil
        }
        guard let scale = floats(node.inputs[1], channels), let beta = floats(node.inputs[2], channels),
            let mean = floats(node.inputs[3], channels), let variance = floats(node.inputs[4], channels)
        else { return nil }
        let hasBias = convolution.inputs.count > 2 && !convolution.inputs[2].isEmpty
        let zeros = [Float](repeating: 0, count: channels)
        guard var bias = hasBias ? floats(convolution.inputs[2], channels) : zeros else { return nil }
        var weights = buffer.array()
        let perChannel = weights.count / channels
        for channel in 0..<channels {
            let factor = scale[channel] / (variance[channel] + epsilon).squareRoot()
            for index in channel * perChannel..<(channel + 1) * perChannel { weights[index] *= factor }
            bias[channel] = (bias[channel] - mean[channel]) * factor + beta[channel]
        }
        return (weight.shape, weights, bias)
    }

    private func floats(_ name: String, _ count: Int) -> [Float]? {
        guard let tensor = constant(name), case .floats(let buffer) = tensor.content, buffer.count == count else {
            return nil
        }
        return buffer.array()
    }
}
