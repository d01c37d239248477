import KernelTypes

/// One operator with its names; what the file says, plus what fusion added.
struct Node {
    var name: String
    var type: String
    var inputs: [String]
    var outputs: [String]
    var attributes: [String: Attribute] = [:]
    /// What fusion moved into this node: `activation(result + initial) + residual`.
    var activation = Activation.none
    var initial: String?
    var residual: String?
    /// The slopes of a PRelu that fusion moved into this node, in ONNX's shape: `activation` is a leakyRelu that takes its
    /// slope from here.
    var slopes: String?
    /// The QuantizeLinear behind this node, which is done as part of it.
    var target: ByteTarget?
    /// The version of the operator set that the file asks for.
    var opset: Int

    /// The inputs that fusion added, behind the three of Conv: see `Convolution`.
    var addends: [String] {
        guard initial != nil || residual != nil || slopes != nil else { return [] }
        let missing = [String](repeating: "", count: max(0, 3 - inputs.count))
        return missing + [initial ?? "", residual ?? "", slopes ?? ""]
    }

    /// How messages call it: unnamed nodes go by their first output.
    var title: String { name.isEmpty ? (outputs.first ?? "unnamed") : name }
}

/// A graph input or output as the file declares it; nil sides are decided when the model is loaded.
struct ValueInfo {
    var name: String
    var type: Int
    var shape: [Int?]?
    /// The file asks for whole numbers, which are made of the floats that are fed.
    var takesWholeNumbers = false
}

/// What the model *is*: nodes in order, constants, and what goes in and out. Says nothing of memory.
struct Graph {
    var nodes: [Node] = []
    var constants: [String: ConstantTensor] = [:]
    var inputs: [ValueInfo] = []
    var outputs: [ValueInfo] = []
    /// What the exporter noted beside the network (`metadata_props`), as far as `Limits` lets it in.
    var metadata: [String: String] = [:]
    /// Of the file that it was read from.
    var summary: FileSummary?
}
