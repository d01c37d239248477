/// Reads the fields of one MQTT packet (MQTT 5 §1.5), and never beyond its end.
struct PacketReader {
    /// The packet ends before its field does, or the field is not what MQTT knows.
    struct Flaw: Error {}

    private let bytes: [UInt8]
    /// Of the next byte to be read.
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var left: Int { bytes.count - position }

    mutating func byte() throws(Flaw) -> UInt8 {
        guard position < bytes.count else { throw Flaw() }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func uint16() throws(Flaw) -> UInt16 { UInt16(try byte()) << 8 | UInt16(try byte()) }

    mutating func uint32() throws(Flaw) -> UInt32 { UInt32(try uint16()) << 16 | UInt32(try uint16()) }

    /// A number in one to four bytes.
    mutating func variableLength() throws(Flaw) -> Int {
        var value = 0
        for digit in 0..<4 {
            let next = try byte()
            value |= Int(next & 0x7f) << (7 * digit)
            if next & 0x80 == 0 { return value }
        }
        throw Flaw()
    }

    /// What stands behind a length of two bytes.
    mutating func binary() throws(Flaw) -> ArraySlice<UInt8> { try take(Int(try uint16())) }

    /// The same as text; MQTT 5 §1.5.4 wants UTF-8 without U+0000.
    mutating func text() throws(Flaw) -> String {
        let raw = try binary()
        guard !raw.contains(0), let text = String(validating: raw, as: UTF8.self) else { throw Flaw() }
        return text
    }

    mutating func take(_ count: Int) throws(Flaw) -> ArraySlice<UInt8> {
        guard count <= left else { throw Flaw() }
        defer { position += count }
        return bytes[position..<(position + count)]
    }
}
