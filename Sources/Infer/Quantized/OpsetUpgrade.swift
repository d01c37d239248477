/// A scale for each channel needs operator set 13. What changed from 11 on, for the operators that detectors have: axes
/// and sizes moved from attributes to inputs, and Softmax got another meaning.
/// https://github.com/onnx/onnx/blob/main/docs/Changelog.md
enum OpsetUpgrade {
    static func upgraded(_ graph: Graph) throws(InferError) -> Graph {
        guard let opset = graph.nodes.first?.opset, opset < 13 else { return graph }
        guard opset >= 11 else {
            throw .malformed(what: "operator set \(opset); to be quantized it must be 11 or newer: export it anew")
        }
        var graph = graph
        for index in graph.nodes.indices { try upgrade(&graph.nodes[index], &graph.constants) }
        return graph
    }

    private static func upgrade(_ node: inout Node, _ constants: inout [String: ConstantTensor]) throws(InferError) {
        defer { node.opset = 13 }
        let moved = ["Squeeze": "axes", "Unsqueeze": "axes", "ReduceSum": "axes", "Split": "split"]
        if let name = moved[node.type], let attribute = node.attributes[name] {
            guard case .ints(let list) = attribute, let output = node.outputs.first else {
                throw .invalid(
                    operator: node.type, node: node.title, what: "attribute \(name) is not a list of integers")
            }
            let constant = "\(output)/\(name)"
            constants[constant] = ConstantTensor(name: constant, shape: [list.count], integers: list.map(Int64.init))
            node.attributes[name] = nil
            node.inputs.append(constant)
        }
        guard ["Softmax", "LogSoftmax", "Hardmax"].contains(node.type) else { return }
        // Until 12 everything from the axis on was one; the same only where the axis is the last.
        guard case .int(-1) = node.attributes["axis"] else {
            throw .unsupported(
                operator: node.type, node: node.title,
                what: "its meaning in operator set \(node.opset) when a model is quantized (export with 13 or newer)")
        }
    }
}
