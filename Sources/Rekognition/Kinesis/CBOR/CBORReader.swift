package import Base
import FoundationEssentials

/// Reads one item of CBOR (RFC 8949) from a stranger, as the AWS SDK for Java writes requests to Kinesis, into what the same
/// request is in JSON: bytes become base64, a time (tag 1, in milliseconds as AWS has it) becomes seconds. Bounded in depth
/// and count; member names are texts, each once.
package struct CBORReader {
    package static let maxDepth = 16
    package static let maxItems = 10_000

    private let bytes: [UInt8]
    private var position = 0
    private var items = 0

    /// Nothing at all is a request without members.
    /// - Throws: `serialization` with the byte at which it is no CBOR, or none that a request can be.
    package static func value(of bytes: [UInt8]) throws(APIError) -> JSONValue {
        guard !bytes.isEmpty else { return [:] }
        var reader = CBORReader(bytes: bytes)
        let value = try reader.item(depth: 0)
        guard reader.position == bytes.count else { throw reader.error("something follows the end of the item") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func error(_ reason: String) -> APIError {
        APIError(.serialization, "The body is no CBOR that a request can be: \(reason) at byte \(position).")
    }

    /// What an item begins with: its kind, and a number or, for items without a known length, nil.
    private struct Head {
        let kind: UInt8
        let detail: UInt8
        let number: UInt64?
    }

    private mutating func take(_ count: Int) throws(APIError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw error("it ends too early") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func head() throws(APIError) -> Head {
        let byte = try take(1).first ?? 0
        let (kind, detail) = (byte >> 5, byte & 31)
        switch detail {
        case 0..<24: return Head(kind: kind, detail: detail, number: UInt64(detail))
        case 24...27:
            let number = try take(1 << Int(detail - 24)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Head(kind: kind, detail: detail, number: number)
        case 31 where (2...5).contains(kind) || kind == 7: return Head(kind: kind, detail: detail, number: nil)
        default: throw error("a length that is none")
        }
    }

    private mutating func item(depth: Int) throws(APIError) -> JSONValue {
        let head = try self.head()
        guard let value = try content(head, depth: depth) else { throw error("an end without a beginning") }
        return value
    }

    /// - Returns: nil for the end of an item without a known length.
    private mutating func content(_ head: Head, depth: Int) throws(APIError) -> JSONValue? {
        guard depth <= Self.maxDepth else { throw error("nested deeper than \(Self.maxDepth)") }
        items += 1
        guard items <= Self.maxItems else { throw error("more than \(Self.maxItems) items") }
        switch head.kind {
        case 0: return .integer(Int64(clamping: head.number ?? 0))
        case 1: return .integer(-1 - Int64(clamping: head.number ?? 0))
        case 2: return .string(Data(try chunks(head)).base64EncodedString())
        case 3: return .string(try text(head))
        case 4: return .array(try array(head, depth: depth))
        case 5: return .object(try map(head, depth: depth))
        case 6: return try tagged(head, depth: depth)
        default: return try simple(head)
        }
    }

    /// Bytes or a text, also in pieces.
    private mutating func chunks(_ first: Head) throws(APIError) -> [UInt8] {
        if let count = first.number { return Array(try take(Int(clamping: count))) }
        var all: [UInt8] = []
        while true {
            let next = try head()
            if next.kind == 7, next.number == nil { return all }
            guard next.kind == first.kind, let count = next.number else { throw error("a piece of another kind") }
            items += 1
            guard items <= Self.maxItems else { throw error("more than \(Self.maxItems) items") }
            all += try take(Int(clamping: count))
        }
    }

    private mutating func text(_ head: Head) throws(APIError) -> String {
        guard let text = String(validating: try chunks(head), as: UTF8.self) else {
            throw error("a text that is no UTF-8")
        }
        return text
    }

    private mutating func array(_ head: Head, depth: Int) throws(APIError) -> [JSONValue] {
        var values: [JSONValue] = []
        while head.number.map({ UInt64(values.count) < $0 }) ?? true {
            let next = try self.head()
            guard let value = try content(next, depth: depth + 1) else {
                guard head.number == nil else { throw error("an end without a beginning") }
                break
            }
            values.append(value)
        }
        return values
    }

    private mutating func map(_ head: Head, depth: Int) throws(APIError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        while head.number.map({ UInt64(members.count) < $0 }) ?? true {
            let next = try self.head()
            if head.number == nil, next.kind == 7, next.number == nil { break }
            guard next.kind == 3 else { throw error("a name that is no text") }
            let name = try text(next)
            guard members[name] == nil else { throw error("a name that was there before") }
            members[name] = try item(depth: depth + 1)
        }
        return members
    }

    private mutating func tagged(_ head: Head, depth: Int) throws(APIError) -> JSONValue {
        let value = try item(depth: depth + 1)
        guard head.number == 1 else { return value }
        guard let milliseconds = value.double else { throw error("a time that is no number") }
        return .number(milliseconds / 1000)
    }

    private func simple(_ head: Head) throws(APIError) -> JSONValue? {
        guard let number = head.number else { return nil }
        switch head.detail {
        case 20: return .bool(false)
        case 21: return .bool(true)
        case 22, 23: return .null
        case 25: return .number(Double(Float16(bitPattern: UInt16(truncatingIfNeeded: number))))
        case 26: return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: number))))
        case 27: return .number(Double(bitPattern: number))
        default: throw error("a value that is none of JSON's")
        }
    }
}
