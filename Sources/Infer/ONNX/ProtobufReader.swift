/// Walks the fields of one protobuf message. Nothing is trusted: every length is checked against what is left.
/// Wire format: https://protobuf.dev/programming-guides/encoding/
@safe struct ProtobufReader {
    /// A piece of the file; valid while the mapped file is.
    @safe struct Bytes {
        fileprivate let raw: UnsafeRawBufferPointer
        var count: Int { unsafe raw.count }

        fileprivate init(raw: UnsafeRawBufferPointer) { unsafe self.raw = unsafe raw }

        /// A piece of a mapped file; nil where the file is not as long.
        init?(_ file: UnsafeRawBufferPointer, from offset: Int, count: Int) {
            guard offset >= 0, count >= 0, offset <= file.count, count <= file.count - offset else { return nil }
            unsafe raw = unsafe UnsafeRawBufferPointer(rebasing: file[offset..<offset + count])
        }

        var string: String { unsafe String(decoding: raw, as: UTF8.self) }

        func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R { unsafe body(raw) }
    }

    enum Payload {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(Bytes)
    }

    struct Field {
        let number: Int
        let payload: Payload
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private let depth: Int

    /// - SAFETY: the caller keeps `file` mapped while this reader and the `Bytes` it hands out are used.
    init(_ file: UnsafeRawBufferPointer) {
        unsafe bytes = unsafe file
        depth = 0
    }

    /// A message inside a message.
    init(_ piece: Bytes, inside outer: ProtobufReader) throws(InferError) {
        guard outer.depth < Limits.nesting else {
            throw .malformed(what: "messages nested deeper than \(Limits.nesting)")
        }
        unsafe bytes = unsafe piece.raw
        depth = outer.depth + 1
    }

    private init(packed piece: Bytes) {
        unsafe bytes = unsafe piece.raw
        depth = Limits.nesting
    }

    /// The next field, or nil at the end of the message.
    mutating func next() throws(InferError) -> Field? {
        guard unsafe position < bytes.count else { return nil }
        let tag = try varint()
        guard let number = Int(exactly: tag >> 3), (1...536_870_911).contains(number) else {
            throw .malformed(what: "field number \(tag >> 3)")
        }
        switch tag & 7 {
        case 0: return Field(number: number, payload: .varint(try varint()))
        case 1: return Field(number: number, payload: .fixed64(try fixed(UInt64.self)))
        case 2: return Field(number: number, payload: .bytes(try lengthDelimited()))
        case 5: return Field(number: number, payload: .fixed32(try fixed(UInt32.self)))
        default: throw .malformed(what: "wire type \(tag & 7) of field \(number)")
        }
    }

    private mutating func varint() throws(InferError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard unsafe position < bytes.count else { throw .malformed(what: "it ends inside a number") }
            let byte = unsafe bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .malformed(what: "a number longer than ten bytes")
    }

    private mutating func fixed<T: FixedWidthInteger>(_ type: T.Type) throws(InferError) -> T {
        guard unsafe bytes.count - position >= MemoryLayout<T>.size else {
            throw .malformed(what: "it ends inside a number")
        }
        defer { position += MemoryLayout<T>.size }
        return unsafe T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }

    private mutating func lengthDelimited() throws(InferError) -> Bytes {
        let length = try varint()
        guard let count = Int(exactly: length), unsafe count <= bytes.count - position else {
            throw unsafe .malformed(what: "a field of \(length) bytes where \(bytes.count - position) are left")
        }
        defer { position += count }
        return unsafe Bytes(raw: UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
    }
}

extension ProtobufReader.Bytes {
    /// StringStringEntryProto; what is missing is empty.
    func entry(inside outer: ProtobufReader) throws(InferError) -> (key: String, value: String) {
        var entry = (key: "", value: "")
        var reader = try ProtobufReader(self, inside: outer)
        while let field = try reader.next() {
            if field.number == 1 { entry.key = try field.payload.string() }
            if field.number == 2 { entry.value = try field.payload.string() }
        }
        return entry
    }
}

extension ProtobufReader.Payload {
    func integer() throws(InferError) -> Int64 {
        guard case .varint(let value) = self else { throw .malformed(what: "a number was expected") }
        return Int64(bitPattern: value)
    }

    func float() throws(InferError) -> Float {
        guard case .fixed32(let bits) = self else { throw .malformed(what: "a float was expected") }
        return Float(bitPattern: bits)
    }

    func double() throws(InferError) -> Double {
        guard case .fixed64(let bits) = self else { throw .malformed(what: "a double was expected") }
        return Double(bitPattern: bits)
    }

    func bytes() throws(InferError) -> ProtobufReader.Bytes {
        guard case .bytes(let bytes) = self else { throw .malformed(what: "a message or text was expected") }
        return bytes
    }

    func string() throws(InferError) -> String { try bytes().string }

    /// Repeated integers come one by one or packed into one field.
    func append(to list: inout [Int64]) throws(InferError) {
        guard case .bytes(let packed) = self else {
            list.append(try integer())
            return
        }
        try ProtobufReader.unpack(packed, into: &list)
    }

    /// Repeated floats come one by one or packed into one field.
    func append(to list: inout [Float]) throws(InferError) {
        guard case .bytes(let packed) = self else {
            list.append(try float())
            return
        }
        try Self.unpack(packed, "floats", into: &list) { Float(bitPattern: UInt32(littleEndian: $0)) }
    }

    /// Repeated doubles come one by one or packed into one field.
    func append(to list: inout [Double]) throws(InferError) {
        guard case .bytes(let packed) = self else {
            list.append(try double())
            return
        }
        try Self.unpack(packed, "doubles", into: &list) { Double(bitPattern: UInt64(littleEndian: $0)) }
    }

    private static func unpack<Bits: FixedWidthInteger & BitwiseCopyable, Number>(
        _ packed: ProtobufReader.Bytes, _ what: String, into list: inout [Number], _ number: (Bits) -> Number
    ) throws(InferError) {
        let size = MemoryLayout<Bits>.size
        guard packed.count % size == 0 else { throw .malformed(what: "\(packed.count) bytes of \(what)") }
        list.reserveCapacity(list.count + packed.count / size)
        unsafe packed.withBytes { raw in
            for index in 0..<raw.count / size {
                list.append(number(unsafe raw.loadUnaligned(fromByteOffset: size * index, as: Bits.self)))
            }
        }
    }
}

extension ProtobufReader {
    fileprivate static func unpack(_ packed: Bytes, into list: inout [Int64]) throws(InferError) {
        var reader = ProtobufReader(packed: packed)
        while unsafe reader.position < reader.bytes.count {
            guard list.count < Limits.listedIntegers else {
                throw .tooLarge(what: "a list of integers", value: list.count, most: Limits.listedIntegers)
            }
            list.append(Int64(bitPattern: try reader.varint()))
        }
    }
}
