/// Reads ModelProto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): one graph of the standard operator set.
enum ModelFile {
    /// Of the operators here nothing changed from 21 to 22 but the types that they allow.
    static let opsets = 7...24

    /// - Parameter beside: where weights in other files may lie.
    static func reading(_ file: MappedFile, beside: WeightFiles) throws(InferError) -> Graph {
        var reading = Reading(source: ModelSource(file, beside: beside))
        var reader = unsafe ProtobufReader(file.bytes)
        var opset: Int?
        while let field = try reader.next() {
            switch field.number {
            case 7: try reading.takeGraph(try field.payload.bytes(), inside: reader)
            case 8: opset = try standardOpset(try field.payload.bytes(), inside: reader) ?? opset
            case 14: try reading.takeMetadata(try field.payload.bytes(), inside: reader)
            default: break
            }
        }
        guard let opset else { throw .malformed(what: "it names no standard operator set") }
        guard opsets.contains(opset) else { throw .operatorSet(opset, readable: opsets) }
        guard reading.sawGraph else { throw .malformed(what: "it holds no graph") }
        var graph = reading.finished(opset: opset)
        graph.summary = FileSummary(graph, operatorSet: opset, bytes: reading.source.mappedBytes)
        return InputConversion.applied(to: graph)
    }

    /// OperatorSetIdProto; nil for a domain other than ONNX's own.
    private static func standardOpset(_ bytes: ProtobufReader.Bytes, inside outer: ProtobufReader) throws(InferError)
        -> Int?
    {
        var domain = ""
        var version = 1
        var reader = try ProtobufReader(bytes, inside: outer)
        while let field = try reader.next() {
            if field.number == 1 { domain = try field.payload.string() }
            if field.number == 2 { version = Int(clamping: try field.payload.integer()) }
        }
        return domain.isEmpty || domain == "ai.onnx" ? version : nil
    }
}

/// A graph while it is read. A second graph field adds to the first, as protobuf merges messages.
private struct Reading {
    let source: ModelSource
    var graph = Graph()
    var sawGraph = false

    /// GraphProto.
    mutating func takeGraph(_ bytes: ProtobufReader.Bytes, inside outer: ProtobufReader) throws(InferError) {
        sawGraph = true
        var reader = try ProtobufReader(bytes, inside: outer)
        while let field = try reader.next() {
            switch field.number {
            case 1: try takeNode(try field.payload.bytes(), inside: reader)
            case 5:
                let tensor = try ConstantTensor(try field.payload.bytes(), inside: reader, source: source)
                graph.constants[tensor.name] = tensor
                try Self.limit("the number of initializers", graph.constants.count, Limits.initializers)
            case 11: graph.inputs.append(try Self.valueInfo(try field.payload.bytes(), inside: reader))
            case 12: graph.outputs.append(try Self.valueInfo(try field.payload.bytes(), inside: reader))
            case 15: throw .malformed(what: "sparse initializers, which this engine does not read")
            default: break
            }
            try Self.limit(
                "the number of inputs and outputs", graph.inputs.count + graph.outputs.count, Limits.initializers)
        }
    }

    /// StringStringEntryProto.
    mutating func takeMetadata(_ bytes: ProtobufReader.Bytes, inside outer: ProtobufReader) throws(InferError) {
        guard bytes.count <= Limits.metadataBytes, graph.metadata.count < Limits.metadataEntries else { return }
        let entry = try bytes.entry(inside: outer)
        graph.metadata[entry.key] = entry.value
    }

    private static func limit(_ what: String, _ value: Int, _ most: Int) throws(InferError) {
        guard value <= most else { throw .tooLarge(what: what, value: value, most: most) }
    }

    /// NodeProto.
    private mutating func takeNode(_ bytes: ProtobufReader.Bytes, inside outer: ProtobufReader) throws(InferError) {
        var node = Node(name: "", type: "", inputs: [], outputs: [], opset: 0)
        var domain = ""
        var reader = try ProtobufReader(bytes, inside: outer)
        while let field = try reader.next() {
            switch field.number {
            case 1: node.inputs.append(try field.payload.string())
            case 2: node.outputs.append(try field.payload.string())
            case 3: node.name = try field.payload.string()
            case 4: node.type = try field.payload.string()
            case 5:
                let attribute = try Attribute.reading(try field.payload.bytes(), inside: reader, source: source)
                node.attributes[attribute.name] = attribute.value
            case 7: domain = try field.payload.string()
            default: break
            }
        }
        if !domain.isEmpty && domain != "ai.onnx" { node.type = "\(domain).\(node.type)" }
        graph.nodes.append(node)
        try Self.limit("the number of nodes", graph.nodes.count, Limits.nodes)
    }

    /// ValueInfoProto with a TypeProto.Tensor.
    private static func valueInfo(_ bytes: ProtobufReader.Bytes, inside outer: ProtobufReader) throws(InferError)
        -> ValueInfo
    {
        var info = ValueInfo(name: "", type: 0, shape: nil)
        var reader = try ProtobufReader(bytes, inside: outer)
        while let field = try reader.next() {
            if field.number == 1 { info.name = try field.payload.string() }
            guard field.number == 2 else { continue }
            var type = try ProtobufReader(try field.payload.bytes(), inside: reader)
            while let field = try type.next() {
                guard field.number == 1 else { continue }
                var tensor = try ProtobufReader(try field.payload.bytes(), inside: type)
                while let field = try tensor.next() {
                    if field.number == 1 { info.type = Int(clamping: try field.payload.integer()) }
                    if field.number == 2 { info.shape = try shape(try field.payload.bytes(), inside: tensor) }
                }
            }
        }
        return info
    }

    /// TensorShapeProto; a named or missing side is nil.
    private static func shape(_ bytes: ProtobufReader.Bytes, inside outer: ProtobufReader) throws(InferError) -> [Int?]
    {
        var sides: [Int?] = []
        var reader = try ProtobufReader(bytes, inside: outer)
        while let field = try reader.next() {
            guard field.number == 1 else { continue }
            var side: Int?
            var dimension = try ProtobufReader(try field.payload.bytes(), inside: reader)
            while let field = try dimension.next() {
                guard field.number == 1 else { continue }
                let value = try field.payload.integer()
                if value > 0 { side = Attribute.clamped(value) }
            }
            sides.append(side)
            try limit("the rank of a tensor", sides.count, Limits.rank)
        }
        return sides
    }

    /// Initializers that are also listed as inputs (IR version 3) are constants.
    func finished(opset: Int) -> Graph {
        var finished = graph
        finished.inputs.removeAll { graph.constants[$0.name] != nil }
        finished.nodes = NodeOrder.sorted(finished.nodes)
        for index in finished.nodes.indices { finished.nodes[index].opset = opset }
        return finished
    }
}
