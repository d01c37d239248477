package import Base
import FoundationEssentials

/// Writes an answer of Kinesis as CBOR (RFC 8949). JSON has no bytes and no times, so members are known by their names.
package struct CBORWriter {
    private var bytes: [UInt8] = []

    package static func bytes(of value: JSONValue) -> [UInt8] {
        var writer = CBORWriter()
        writer.write(value)
        return writer.bytes
    }

    /// `Data` is the only member of Kinesis's answers that is bytes; every `…Timestamp` is a time.
    private mutating func write(_ value: JSONValue, of name: String) {
        if name == "Data", let text = value.string, let data = Data(base64Encoded: text) {
            head(2, UInt64(data.count))
            bytes += data
        } else if name.hasSuffix("Timestamp"), let seconds = value.double,
            let milliseconds = Int64(exactly: (seconds * 1000).rounded())
        {
            head(6, 1)
            write(.integer(milliseconds))
        } else {
            write(value)
        }
    }

    private mutating func write(_ value: JSONValue) {
        switch value {
        case .null: bytes.append(0xF6)
        case .bool(let flag): bytes.append(flag ? 0xF5 : 0xF4)
        case .integer(let number) where number < 0: head(1, UInt64(-1 - number))
        case .integer(let number): head(0, UInt64(number))
        case .number(let number):
            bytes.append(0xFB)
            big(number.bitPattern, bytes: 8)
        case .string(let text):
            head(3, UInt64(text.utf8.count))
            bytes += text.utf8
        case .array(let values):
            head(4, UInt64(values.count))
            for value in values { write(value) }
        case .object(let members):
            head(5, UInt64(members.count))
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                write(.string(name))
                write(value, of: name)
            }
        }
    }

    /// The kind of an item, and its length or value in as few bytes as hold it.
    private mutating func head(_ kind: UInt8, _ number: UInt64) {
        switch number {
        case 0..<24: bytes.append(kind << 5 | UInt8(number))
        case 24...0xFF: head(kind, 24, number, 1)
        case 0x100...0xFFFF: head(kind, 25, number, 2)
        case 0x1_0000...0xFFFF_FFFF: head(kind, 26, number, 4)
        default: head(kind, 27, number, 8)
        }
    }

    private mutating func head(_ kind: UInt8, _ detail: UInt8, _ number: UInt64, _ count: Int) {
        bytes.append(kind << 5 | detail)
        big(number, bytes: count)
    }

    private mutating func big(_ number: UInt64, bytes count: Int) {
        for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * index))) }
    }
}
