/// Brings inputs to the one form in which they are fed, `[1, 3, height, width]` of floats: half and double precision, whole
/// numbers, and colours behind the pixels (`[1, height, width, 3]`). What the file asks for is made by nodes in front of its own.
enum InputConversion {
    /// Of ONNX's `TensorProto.DataType`; beside float, those that can be made of floats.
    private static let whole: [ElementType] = [.uint8, .int8, .uint16, .int16, .int32, .int64, .uint32, .uint64]
    /// A picture with shorter sides may be anything.
    private static let leastSide = 16

    static func applied(to graph: Graph) -> Graph {
        var converted = graph
        var front: [Node] = []
        var names: [String: String] = [:]
        for index in graph.inputs.indices {
            let input = graph.inputs[index]
            var name = input.name
            func add(_ type: String, _ attributes: [String: Attribute] = [:], limits: [String] = []) {
                let result = "\(name)/\(type)"
                front.append(
                    Node(
                        name: result, type: type, inputs: [name] + limits, outputs: [result], attributes: attributes,
                        opset: 13))
                name = result
            }
            if let type = ElementType(rawValue: input.type), type != .float, type.isReal || whole.contains(type) {
                converted.inputs[index].type = ElementType.float.rawValue
                converted.inputs[index].takesWholeNumbers = !type.isReal
                if !type.isReal {
                    add("Round")
                    if type == .uint8 {
                        add("Clip", limits: [constant("least", 0, &converted), constant("most", 255, &converted)])
                    }
                    add("Cast", ["to": .int(type.rawValue)])
                }
            }
            if index == 0, let sides = input.shape, let planar = planar(sides) {
                converted.inputs[index].shape = planar
                add("Transpose", ["perm": .ints([0, 2, 3, 1])])
            }
            if name != input.name { names[input.name] = name }
        }
        guard !names.isEmpty else { return converted }
        for index in converted.nodes.indices {
            converted.nodes[index].inputs = converted.nodes[index].inputs.map { names[$0] ?? $0 }
        }
        converted.nodes = front + converted.nodes
        return converted
    }

    /// The sides with the three colours in front, where the file has them behind: `[1, height, width, 3]`.
    private static func planar(_ sides: [Int?]) -> [Int?]? {
        guard sides.count == 4, sides[0] ?? 1 == 1, sides[3] == 3,
            sides[1...2].allSatisfy({ $0 ?? leastSide >= leastSide })
        else { return nil }
        return [sides[0], 3, sides[1], sides[2]]
    }

    private static func constant(_ name: String, _ value: Float, _ graph: inout Graph) -> String {
        let full = "input/\(name)"
        graph.constants[full] = ConstantTensor(name: full, shape: [], floats: [value])
        return full
    }
}
