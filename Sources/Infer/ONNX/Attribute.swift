/// One attribute of a node (AttributeProto, onnx.proto).
enum Attribute {
    case int(Int)
    case ints([Int])
    case float(Float)
    case floats([Float])
    case string(String)
    case strings([String])
    case tensor(ConstantTensor)
    /// Subgraphs and sparse tensors: an operator that meets one refuses it.
    case other

    /// The name and the value. Integers are clamped to ±2³¹ (`Limits.attribute`), see there.
    static func reading(_ bytes: ProtobufReader.Bytes, inside outer: ProtobufReader, source: ModelSource)
        throws(InferError) -> (name: String, value: Attribute)
    {
        var fields = AttributeFields()
        var reader = try ProtobufReader(bytes, inside: outer)
        while let field = try reader.next() { try fields.take(field, inside: reader, source: source) }
        return (fields.name, try fields.value())
    }

    static func clamped(_ value: Int64) -> Int {
        Int(min(max(value, Int64(-Limits.attribute)), Int64(Limits.attribute)))
    }
}

/// The fields of AttributeProto as they come; `type` says which one counts.
private struct AttributeFields {
    var name = ""
    var type = 0
    var int: Int64 = 0
    var ints: [Int64] = []
    var float: Float = 0
    var floats: [Float] = []
    var string = ""
    var strings: [String] = []
    var tensor: ConstantTensor?
    var lastSeen = 0

    mutating func take(_ field: ProtobufReader.Field, inside reader: ProtobufReader, source: ModelSource)
        throws(InferError)
    {
        switch field.number {
        case 1: name = try field.payload.string()
        case 2: float = try field.payload.float()
        case 3: int = try field.payload.integer()
        case 4: string = try field.payload.string()
        case 5: tensor = try ConstantTensor(try field.payload.bytes(), inside: reader, source: source)
        case 7: try field.payload.append(to: &floats)
        case 8: try field.payload.append(to: &ints)
        case 9: strings.append(try field.payload.string())
        case 20: type = Int(clamping: try field.payload.integer())
        default: break
        }
        if (2...9).contains(field.number) { lastSeen = field.number }
    }

    /// AttributeProto.AttributeType; files of IR version 1 leave it out.
    func value() throws(InferError) -> Attribute {
        let kind = type == 0 ? [2: 1, 3: 2, 4: 3, 5: 4, 7: 6, 8: 7, 9: 8][lastSeen] ?? 0 : type
        switch kind {
        case 1: return .float(float)
        case 2: return .int(Attribute.clamped(int))
        case 3: return .string(string)
        case 4:
            guard let tensor else { throw .malformed(what: "attribute \(name) without its tensor") }
            return .tensor(tensor)
        case 6: return .floats(floats)
        case 7: return .ints(ints.map(Attribute.clamped))
        case 8: return .strings(strings)
        default: return .other
        }
    }
}
