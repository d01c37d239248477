package import Base

/// Text that people write with editors of their own: Windows ones put a byte order mark in front of it, or write UTF-16.
package enum TextFile {
    /// The text in UTF-8, without a mark. What is in no encoding that is known here comes back as it is, and whoever reads it
    /// says where it is wrong.
    package static func utf8(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return bytes }
        if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2), lowByte: 0) ?? bytes }
        if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2), lowByte: 1) ?? bytes }
        // Without a mark: every file of ours begins with ASCII.
        guard bytes.count >= 2, bytes.count % 2 == 0 else { return bytes }
        if bytes[0] != 0, bytes[1] == 0 { return utf16(bytes[...], lowByte: 0) ?? bytes }
        if bytes[0] == 0, bytes[1] != 0 { return utf16(bytes[...], lowByte: 1) ?? bytes }
        return bytes
    }

    /// - Parameter lowByte: which of two bytes is the lower one.
    private static func utf16(_ bytes: ArraySlice<UInt8>, lowByte: Int) -> [UInt8]? {
        guard bytes.count % 2 == 0 else { return nil }
        let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { place in
            UInt16(bytes[place + lowByte]) | UInt16(bytes[place + 1 - lowByte]) << 8
        }
        return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
    }

    /// The first line, which is all of a file that holds a secret.
    /// - Returns: nil when it is not text.
    package static func firstLine(_ bytes: [UInt8]) -> String? {
        String(validating: utf8(bytes).prefix { $0 != 0x0A && $0 != 0x0D && $0 != 0 }, as: UTF8.self)
    }

    /// The JSON text of such a file.
    /// - Parameter mostValues: as of `JSONParser.parse`.
    /// - Throws: where it is wrong, as editors count lines and columns, and what may be the reason.
    package static func json(_ bytes: [UInt8], mostValues: Int = JSONParser.maxValues) throws(TextFileError)
        -> JSONValue
    {
        let text = utf8(bytes)
        do throws(JSONSyntaxError) {
            return try JSONParser.parse(text, mostValues: mostValues)
        } catch {
            throw TextFileError(error, in: text)
        }
    }
}

/// What is wrong with a JSON file.
package struct TextFileError: Error, Sendable, Equatable, CustomStringConvertible {
    package let line: Int
    /// Of bytes, from 1.
    package let column: Int
    package let reason: String

    init(_ error: JSONSyntaxError, in text: [UInt8]) {
        let before = text.prefix(error.offset)
        line = 1 + before.count { $0 == 0x0A }
        column = 1 + before.reversed().prefix { $0 != 0x0A }.count
        let rest = text.dropFirst(error.offset)
        let hint: String? =
            if text.contains(0) {
                "is the file in another encoding? save it as UTF-8"
            } else if String(validating: text, as: UTF8.self) == nil {
                "the file is not in UTF-8: save it as UTF-8"
            } else if rest.starts(with: "//".utf8) || rest.starts(with: "/*".utf8) || rest.first == UInt8(ascii: "#") {
                "JSON has no comments"
            } else if rest.starts(with: "\u{201C}".utf8) || rest.starts(with: "\u{201D}".utf8)
                || rest.first == UInt8(ascii: "'")
            {
                "only straight double quotes (\") begin a text"
            } else if let last = before.last(where: { $0 > 0x20 }), last == UInt8(ascii: ","),
                rest.first == UInt8(ascii: "}") || rest.first == UInt8(ascii: "]")
            {
                "no comma may stand before it"
            } else {
                nil
            }
        reason = error.reason + (hint.map { " (\($0))" } ?? "")
    }

    package var description: String { "line \(line), column \(column): \(reason)" }
}
