import FoundationEssentials

/// Protobuf's wire format, read and written the simplest way: the test's own, so that the engine's reader is not tested
/// with itself. For files that are known to be good.
enum Wire {
    struct Field {
        var number: Int
        var varint: UInt64 = 0
        var bytes: ArraySlice<UInt8> = []
    }

    static func fields(_ message: ArraySlice<UInt8>) -> [Field] {
        var fields: [Field] = []
        var rest = message
        while !rest.isEmpty {
            let tag = varint(&rest)
            var field = Field(number: Int(tag >> 3))
            switch tag & 7 {
            case 0: field.varint = varint(&rest)
            case 1: field.bytes = take(8, &rest)
            case 5: field.bytes = take(4, &rest)
            default: field.bytes = take(Int(varint(&rest)), &rest)
            }
            fields.append(field)
        }
        return fields
    }

    static func varints(_ message: ArraySlice<UInt8>) -> [UInt64] {
        var rest = message
        var list: [UInt64] = []
        while !rest.isEmpty { list.append(varint(&rest)) }
        return list
    }

    private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            value |= UInt64(byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 { break }
        }
        return value
    }

    static func varint(_ number: Int, _ value: Int) -> [UInt8] {
        bare(UInt64(number) << 3) + bare(UInt64(bitPattern: Int64(value)))
    }

    static func bytes(_ number: Int, _ value: [UInt8]) -> [UInt8] {
        bare(UInt64(number) << 3 | 2) + bare(UInt64(value.count)) + value
    }

    static func text(_ number: Int, _ value: String) -> [UInt8] { bytes(number, Array(value.utf8)) }

    static func float(_ number: Int, _ value: Float) -> [UInt8] {
        bare(UInt64(number) << 3 | 5) + little(value.bitPattern)
    }

    static func little(_ bits: some FixedWidthInteger) -> [UInt8] {
        (0..<bits.bitWidth / 8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    }

    private static func bare(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        repeat {
            bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return bytes
    }
}

/// A TensorProto of a test: floats stay floats, everything else becomes numbers.
struct WireTensor {
    var shape: [Int] = []
    var type = 0
    var name = ""
    var values: [Double] = []

    init(_ message: ArraySlice<UInt8>) {
        var raw: ArraySlice<UInt8>?
        for field in Wire.fields(message) {
            switch field.number {
            case 1: shape += field.bytes.isEmpty ? [Int(field.varint)] : Wire.varints(field.bytes).map { Int($0) }
            case 2: type = Int(field.varint)
            case 4: raw = field.bytes
            case 5, 7, 11:
                let list = field.bytes.isEmpty ? [field.varint] : Wire.varints(field.bytes)
                values += list.map { Double(Int64(bitPattern: $0)) }
            case 8: name = String(decoding: field.bytes, as: UTF8.self)
            case 9, 10: raw = field.bytes
            default: break
            }
        }
        if let raw { values = Self.numbers(Array(raw), type) } else if type == 10 { values = values.map(Self.half) }
    }

    private static func numbers(_ raw: [UInt8], _ type: Int) -> [Double] {
        func word(_ start: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(raw[start + $1]) << (8 * $1) }
        }
        func each(_ size: Int, _ convert: (UInt64) -> Double) -> [Double] {
            stride(from: 0, to: raw.count / size * size, by: size).map { convert(word($0, size)) }
        }
        switch type {
        case 1: return each(4) { Double(Float(bitPattern: UInt32($0))) }
        case 2, 9: return each(1) { Double($0) }
        case 3: return each(1) { Double(Int8(truncatingIfNeeded: $0)) }
        case 4: return each(2) { Double($0) }
        case 5: return each(2) { Double(Int16(truncatingIfNeeded: $0)) }
        case 6: return each(4) { Double(Int32(truncatingIfNeeded: $0)) }
        case 7: return each(8) { Double(Int64(bitPattern: $0)) }
        case 10: return each(2) { half(Double($0)) }
        case 11: return each(8) { Double(bitPattern: $0) }
        case 12: return each(4) { Double($0) }
        case 13: return each(8) { Double($0) }
        default: return []
        }
    }

    private static func half(_ bits: Double) -> Double { Double(Float16(bitPattern: UInt16(bits))) }
}
