/// A scale for each channel needs operator set 13. What changed from 11 on, for the operators that detectors have: axes
/// and sizes moved from attributes to inputs, and Softmax got another meaning.
/// https://github.com/onnx/onnx/blob/main/docs/Changelog.md
enum OpsetUpgrade {
    static func upgraded(_ graph: Graph) throws(InferError) -> Graph {
        guard let opset = graph.nodes.map(\.opset).min(), opset < 13 else { return graph }
        guard opset >= 11 else {
            throw .malformed(what: "operator set \(opset); to be quantized it must be 11 or newer: export it anew")
        }
        var graph = graph
        var nodes: [Node] = []
        for var node in graph.nodes {
            // Simplifying may have left nodes that mean what they mean from 13 on.
            guard node.opset < 13 else {
                nodes.append(node)
                continue
            }
            node.opset = 13
            try moveAttribute(&node, &graph.constants)
            nodes += try softmax(node)
        }
        graph.nodes = nodes
        return graph
    }

    private static let moved = ["Squeeze": "axes", "Unsqueeze": "axes", "ReduceSum": "axes", "Split": "split"]

    private static func moveAttribute(_ node: inout Node, _ constants: inout [String: ConstantTensor])
        throws(InferError)
    {
        guard let name = moved[node.type], let attribute = node.attributes[name] else { return }
        guard case .ints(let list) = attribute, let output = node.outputs.first else {
            throw .invalid(operator: node.type, node: node.title, what: "attribute \(name) is not a list of integers")
        }
        let constant = "\(output)@\(name)"
        constants[constant] = ConstantTensor(name: constant, shape: [list.count], integers: list.map(Int64.init))
        node.attributes[name] = nil
        node.inputs.append(constant)
    }

    /// Until 12 everything from the axis on was one: a matrix, whose rows are done, and back.
    private static func softmax(_ node: Node) throws(InferError) -> [Node] {
        guard ["Softmax", "LogSoftmax", "Hardmax"].contains(node.type) else { return [node] }
        var axis = 1
        if let attribute = node.attributes["axis"] {
            guard case .int(let given) = attribute else {
                throw .invalid(operator: node.type, node: node.title, what: "attribute axis is not an integer")
            }
            axis = given
        }
        guard axis != -1, let input = node.inputs.first, let output = node.outputs.first else { return [node] }
        func step(_ type: String, _ inputs: [String], _ output: String, _ attributes: [String: Attribute] = [:]) -> Node
        {
            Node(
                name: "\(node.title)@\(type)", type: type, inputs: inputs, outputs: [output], attributes: attributes,
                opset: 13)
        }
        return [
            step("Shape", [input], "\(output)@shape"),
            step("Flatten", [input], "\(output)@matrix", ["axis": .int(axis)]),
            step(node.type, ["\(output)@matrix"], "\(output)@rows", ["axis": .int(-1)]),
            step("Reshape", ["\(output)@rows", "\(output)@shape"], output),
        ]
    }
}
