/// A tensor whose values are known when the model is loaded: weights and the numbers of shape arithmetic.
struct ConstantTensor {
    enum Content {
        case floats(FloatBuffer)
        /// Every integer and boolean type.
        case integers(Integers)
    }

    let name: String
    let shape: [Int]
    let type: ElementType
    let content: Content

    init(name: String = "", shape: [Int], floats: [Float]) {
        self.name = name
        self.shape = shape
        type = .float
        content = .floats(FloatBuffer(floats))
    }

    init(name: String = "", shape: [Int], type: ElementType = .int64, integers: [Int64]) {
        self.name = name
        self.shape = shape
        self.type = type
        content = .integers(Integers(integers))
    }

    /// TensorProto, onnx.proto.
    init(_ bytes: ProtobufReader.Bytes, inside outer: ProtobufReader, source: ModelSource) throws(InferError) {
        var fields = TensorFields()
        var reader = try ProtobufReader(bytes, inside: outer)
        while let field = try reader.next() { try fields.take(field, inside: reader) }
        name = fields.name
        guard let type = ElementType(rawValue: fields.type) else {
            throw .malformed(what: "tensor \(fields.name) of data type \(fields.type), which this engine cannot hold")
        }
        var sides: [Int] = []
        for side in fields.dims {
            guard let side = Int(exactly: side) else { throw .malformed(what: "a side of \(side)") }
            sides.append(side)
        }
        let count = try Limits.elements(of: sides)
        shape = sides
        self.type = type.isReal ? .float : type
        var file = source.file
        if fields.isExternal {
            (file, fields.raw) = try source.external(fields.external, bytes: count * type.bytes, tensor: name)
        }
        if type.isReal {
            content = .floats(try fields.floats(type, count, file))
        } else {
            try source.takeIntegers(count, bytesEach: Integers.bytes(of: type), tensor: name)
            content = .integers(try fields.integers(type, count, file))
        }
    }
}

/// The fields of TensorProto as they come, in any order.
private struct TensorFields {
    var dims: [Int64] = []
    var type = 0
    var name = ""
    var isExternal = false
    /// Where the data lies in another file.
    var external: [String: String] = [:]
    var raw: ProtobufReader.Bytes?
    var floatData: [Float] = []
    var doubleData: [Double] = []
    var integerData: [Int64] = []

    mutating func take(_ field: ProtobufReader.Field, inside reader: ProtobufReader) throws(InferError) {
        switch field.number {
        case 1: try field.payload.append(to: &dims)
        case 2: type = Int(clamping: try field.payload.integer())
        case 4: try field.payload.append(to: &floatData)
        case 5, 7, 11: try field.payload.append(to: &integerData)
        case 8: name = try field.payload.string()
        case 9: raw = try field.payload.bytes()
        case 10: try field.payload.append(to: &doubleData)
        case 13:
            isExternal = true
            let entry = try field.payload.bytes().entry(inside: reader)
            if external.count < 8 { external[entry.key] = entry.value }
        case 14: isExternal = try field.payload.integer() == 1
        default: break
        }
    }

    private func mismatch(_ found: Int, _ expected: Int) -> InferError {
        .malformed(what: "tensor \(name) of shape \(dims) holds \(found) where \(expected) belong")
    }

    func floats(_ type: ElementType, _ count: Int, _ file: MappedFile) throws(InferError) -> FloatBuffer {
        if let raw {
            guard raw.count == count * type.bytes else { throw mismatch(raw.count, count * type.bytes) }
            return unsafe raw.withBytes {
                switch type {
                case .float16: unsafe Self.converted($0) { Float(Float16(bitPattern: UInt16(littleEndian: $0))) }
                case .double: unsafe Self.converted($0) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
                default: unsafe Self.inPlaceOrCopied($0, file)
                }
            }
        }
        let list: [Float] =
            switch type {
            case .float16: integerData.map { Float(Float16(bitPattern: UInt16(truncatingIfNeeded: $0))) }
            case .double: doubleData.map { Float($0) }
            default: floatData
            }
        guard list.count == count else { throw mismatch(list.count, count) }
        return FloatBuffer(list)
    }

    private static func inPlaceOrCopied(_ raw: UnsafeRawBufferPointer, _ file: MappedFile) -> FloatBuffer {
        let count = raw.count / 4
        if let start = raw.baseAddress, UInt(bitPattern: start) % 4 == 0 {
            return unsafe FloatBuffer(
                in: file, at: UnsafeBufferPointer(start: start.assumingMemoryBound(to: Float.self), count: count))
        }
        let copy = FloatBuffer(count: count)
        unsafe UnsafeMutableRawBufferPointer(copy.values).copyMemory(from: raw)
        return copy
    }

    private static func converted<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ raw: UnsafeRawBufferPointer, _ number: (Bits) -> Float
    ) -> FloatBuffer {
        let size = MemoryLayout<Bits>.size
        let floats = FloatBuffer(count: raw.count / size)
        for index in 0..<raw.count / size {
            unsafe floats.values[index] = unsafe number(raw.loadUnaligned(fromByteOffset: size * index, as: Bits.self))
        }
        return floats
    }

    func integers(_ type: ElementType, _ count: Int, _ file: MappedFile) throws(InferError) -> Integers {
        guard let raw else {
            guard integerData.count == count else { throw mismatch(integerData.count, count) }
            // They are written as 32 or 64 bits each, whatever the type.
            if let wrong = integerData.first(where: { !type.integers.contains($0) }) {
                throw .malformed(what: "tensor \(name) has the number \(wrong), which its type \(type) does not hold")
            }
            return Integers(integerData)
        }
        guard raw.count == count * type.bytes else { throw mismatch(raw.count, count * type.bytes) }
        return unsafe raw.withBytes { bytes in
            switch type {
            case .uint8, .bool: unsafe Integers(FixedBytes(in: file, at: bytes.bindMemory(to: UInt8.self)))
            case .int8: unsafe Integers(FixedBytes(in: file, at: bytes.bindMemory(to: Int8.self)))
            default: unsafe Integers(Self.wide(bytes, type, count))
            }
        }
    }

    private static func wide(_ bytes: UnsafeRawBufferPointer, _ type: ElementType, _ count: Int) -> [Int64] {
        (0..<count).map { index in
            switch type {
            case .uint16: unsafe Int64(bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
            case .int16: unsafe Int64(bytes.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self))
            case .uint32: unsafe Int64(bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
            case .int32: unsafe Int64(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self))
            default:
                unsafe bytes.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self)
            }
        }
    }
}
