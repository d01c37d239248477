/// Reads one JSON text (RFC 8259) from a stranger: bounded in depth and count, strict in grammar, never recursive beyond
/// `maxDepth`. Repeated member names are refused, since two readers of such a text may see different requests.
package struct JSONParser {
    package static let maxDepth = 64
    package static let maxValues = 100_000

    private let bytes: [UInt8]
    private let mostValues: Int
    private var position = 0
    private var values = 0

    /// - Parameter mostValues: files that hold lists of thousands of things say how many values they may have.
    /// - Throws: `JSONSyntaxError` with the byte offset of the first thing that is not JSON.
    package static func parse(_ bytes: [UInt8], mostValues: Int = maxValues) throws(JSONSyntaxError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, mostValues: mostValues)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.error("something follows the end of the JSON text") }
        return value
    }

    private init(bytes: [UInt8], mostValues: Int) {
        self.bytes = bytes
        self.mostValues = mostValues
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func error(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(offset: position, reason: reason) }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth <= Self.maxDepth else { throw error("nested deeper than \(Self.maxDepth)") }
        values += 1
        guard values <= mostValues else { throw error("more than \(mostValues) values") }
        skipSpace()
        guard let byte = next else { throw error("the text ends too early") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("no JSON value begins like this")
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for expected in "\(text)".utf8 {
            guard next == expected else { throw error("no JSON value begins like this") }
            position += 1
        }
        return value
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if next == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a member name in quotes is expected") }
            let name = try string()
            guard members[name] == nil else { throw error("the member \"\(name.prefix(64))\" is given twice") }
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw error("a colon is expected") }
            position += 1
            members[name] = try value(depth: depth + 1)
            if try endsAfterItem(closing: UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var items: [JSONValue] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            position += 1
            return .array(items)
        }
        while true {
            items.append(try value(depth: depth + 1))
            if try endsAfterItem(closing: UInt8(ascii: "]")) { return .array(items) }
        }
    }

    private mutating func endsAfterItem(closing: UInt8) throws(JSONSyntaxError) -> Bool {
        skipSpace()
        guard let byte = next else { throw error("the text ends too early") }
        guard byte == closing || byte == UInt8(ascii: ",") else {
            throw error("a comma or a closing bracket is expected")
        }
        position += 1
        return byte == closing
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        let firstDigit = next
        let whole = skipDigits()
        guard whole > 0, whole == 1 || firstDigit != UInt8(ascii: "0") else { throw error("this is not a number") }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            guard skipDigits() > 0 else { throw error("digits are expected after the point") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() > 0 else { throw error("digits are expected in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw error("the number is too large") }
        return .number(value)
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        var text = plainRun()
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw error("the string is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape().utf8)
            case 0..<0x20: throw error("a control character must be escaped")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw error("the text ends inside a string")
    }

    /// What comes before the next quotation mark, escape or control character: most texts whole, pictures in base64 too.
    private mutating func plainRun() -> [UInt8] {
        let start = position
        while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { position += 1 }
        return Array(bytes[start..<position])
    }

    private mutating func escape() throws(JSONSyntaxError) -> String {
        position += 1
        guard let byte = next else { throw error("the text ends inside a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(byte))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw error("unknown escape")
        }
    }

    /// `\uXXXX`, or a pair of them for a character beyond the basic plane (RFC 8259, section 7).
    private mutating func unicodeEscape() throws(JSONSyntaxError) -> String {
        let first = try fourHexDigits()
        if let scalar = UnicodeScalar(first) { return String(scalar) }
        guard (0xD800..<0xDC00).contains(first), next == UInt8(ascii: "\\") else {
            throw error("half a surrogate pair")
        }
        position += 1
        guard next == UInt8(ascii: "u") else { throw error("half a surrogate pair") }
        position += 1
        let second = try fourHexDigits()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = UnicodeScalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw error("half a surrogate pair") }
        return String(scalar)
    }

    private mutating func fourHexDigits() throws(JSONSyntaxError) -> UInt16 {
        guard bytes.count - position >= 4 else { throw error("the text ends inside a string") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Hex.digit(bytes[position]) else { throw error("four hexadecimal digits are expected") }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}

/// Where a text stops being JSON, and why.
package struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// In bytes from the start.
    package var offset: Int
    package var reason: String

    package var description: String { "at byte \(offset): \(reason)" }
}

extension JSONValue {
    /// Nil for what is not JSON, where nobody can be told why.
    package init?(parsing bytes: [UInt8]) {
        guard let value = try? JSONParser.parse(bytes) else { return nil }
        self = value
    }
}
