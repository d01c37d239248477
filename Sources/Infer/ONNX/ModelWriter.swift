/// Writes a graph as ModelProto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
enum ModelWriter {
    /// IR version 8 belongs to operator sets 15 to 18 and holds the older ones as well; newer sets need 10, those from 23 on 11.
    static func model(_ graph: Graph, opset: Int) throws(InferError) -> [UInt8] {
        var model = ProtobufWriter()
        model.integer(1, opset > 22 ? 11 : opset > 18 ? 10 : 8)
        model.string(2, "porchlight")
        model.bytes(7, try Self.graph(graph))
        var set = ProtobufWriter()
        set.string(1, "")
        set.integer(2, Int64(opset))
        model.message(8, set)
        for (key, value) in graph.metadata.sorted(by: { $0.key < $1.key }) {
            var entry = ProtobufWriter()
            entry.string(1, key)
            entry.string(2, value)
            model.message(14, entry)
        }
        return model.bytes
    }

    private static func graph(_ graph: Graph) throws(InferError) -> [UInt8] {
        var writer = ProtobufWriter()
        for node in graph.nodes { writer.message(1, try Self.node(node)) }
        writer.string(2, "quantized")
        for (name, tensor) in graph.constants.sorted(by: { $0.key < $1.key }) {
            writer.message(5, Self.tensor(tensor, name: name))
        }
        for input in graph.inputs { writer.message(11, valueInfo(input)) }
        for output in graph.outputs { writer.message(12, valueInfo(output)) }
        return writer.bytes
    }

    private static func node(_ node: Node) throws(InferError) -> ProtobufWriter {
        var writer = ProtobufWriter()
        for name in node.inputs { writer.string(1, name) }
        for name in node.outputs { writer.string(2, name) }
        writer.string(3, node.name)
        writer.string(4, node.type)
        for (name, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
            guard let message = Self.attribute(name, attribute) else {
                throw .unsupported(operator: node.type, node: node.title, what: "attribute \(name) with a graph in it")
            }
            writer.message(5, message)
        }
        return writer
    }

    /// AttributeProto; the type numbers are AttributeProto.AttributeType.
    private static func attribute(_ name: String, _ attribute: Attribute) -> ProtobufWriter? {
        var writer = ProtobufWriter()
        writer.string(1, name)
        func typed(_ code: Int64) -> ProtobufWriter {
            writer.integer(20, code)
            return writer
        }
        switch attribute {
        case .float(let value):
            writer.float(2, value)
            return typed(1)
        case .int(let value):
            writer.integer(3, Int64(value))
            return typed(2)
        case .string(let value):
            writer.string(4, value)
            return typed(3)
        case .tensor(let value):
            writer.message(5, tensor(value, name: value.name))
            return typed(4)
        case .floats(let list):
            for value in list { writer.float(7, value) }
            return typed(6)
        case .ints(let list):
            for value in list { writer.integer(8, Int64(value)) }
            return typed(7)
        case .strings(let list):
            for value in list { writer.string(9, value) }
            return typed(8)
        case .other: return nil
        }
    }

    private static func tensor(_ tensor: ConstantTensor, name: String) -> ProtobufWriter {
        var writer = ProtobufWriter()
        for side in tensor.shape { writer.integer(1, Int64(side)) }
        writer.integer(2, Int64(tensor.type.rawValue))
        writer.string(8, name)
        var raw: [UInt8] = []
        switch tensor.content {
        case .floats(let buffer):
            for value in buffer.array() { raw += littleEndian(UInt64(value.bitPattern), bytes: 4) }
        case .integers(let list):
            for value in list { raw += littleEndian(UInt64(bitPattern: value), bytes: tensor.type.bytes) }
        }
        writer.bytes(9, raw)
        return writer
    }

    private static func valueInfo(_ info: ValueInfo) -> ProtobufWriter {
        var shape = ProtobufWriter()
        for (axis, side) in (info.shape ?? []).enumerated() {
            var dimension = ProtobufWriter()
            if let side { dimension.integer(1, Int64(side)) } else { dimension.string(2, "side\(axis)") }
            shape.message(1, dimension)
        }
        var tensor = ProtobufWriter()
        tensor.integer(1, Int64(info.type))
        if info.shape != nil { tensor.message(2, shape) }
        var type = ProtobufWriter()
        type.message(1, tensor)
        var writer = ProtobufWriter()
        writer.string(1, info.name)
        writer.message(2, type)
        return writer
    }
}

private func littleEndian(_ value: UInt64, bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
}

/// Fields of one protobuf message, one after the other: https://protobuf.dev/programming-guides/encoding/
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func tag(_ field: Int, _ wireType: UInt64) { varint(UInt64(field) << 3 | wireType) }

    mutating func integer(_ field: Int, _ value: Int64) {
        tag(field, 0)
        varint(UInt64(bitPattern: value))
    }

    mutating func float(_ field: Int, _ value: Float) {
        tag(field, 5)
        bytes += littleEndian(UInt64(value.bitPattern), bytes: 4)
    }

    mutating func bytes(_ field: Int, _ value: [UInt8]) {
        tag(field, 2)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func string(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

    mutating func message(_ field: Int, _ value: ProtobufWriter) { bytes(field, value.bytes) }
}
