import Base
import Settings
import Testing

/// Files that were edited on Windows must do what they say, or be named with what is wrong.
@Suite struct TextFileTests {
    private static let text = "{\r\n  \"name\": \"Tür\"\r\n}\r\n"

    private static func utf16(_ text: String, isLittle: Bool) -> [UInt8] {
        text.utf16.flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isLittle ? [low, high] : [high, low]
        }
    }

    static let encodings: [[UInt8]] = [
        Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8), [0xFF, 0xFE] + utf16(text, isLittle: true),
        [0xFE, 0xFF] + utf16(text, isLittle: false), utf16(text, isLittle: true), utf16(text, isLittle: false),
    ]

    @Test("a config with a byte order mark, or in UTF-16, is taken as it is meant", arguments: encodings)
    func taken(bytes: [UInt8]) throws { #expect(try TextFile.json(bytes) == ["name": "Tür"]) }

    @Test("a password of such a file is the first line without what the editor added")
    func secrets() {
        #expect(TextFile.firstLine([0xFF, 0xFE] + Self.utf16("geheim\r\n", isLittle: true)) == "geheim")
        #expect(TextFile.firstLine([0xEF, 0xBB, 0xBF] + Array("geheim\r\nmore".utf8)) == "geheim")
        #expect(TextFile.firstLine(Array("ab".utf8)) == "ab" && TextFile.firstLine([]) == "")
        #expect(TextFile.firstLine([0x67, 0xE4]) == nil, "Latin-1 would be another password")
    }

    @Test(
        "what is wrong is told by line and column, with what is mostly the reason",
        arguments: [
            ("{\n  // hi\n}", 2, 3, "comments"), ("{\"a\": 1,\n}", 2, 1, "comma"), ("{\"a\": “b”}", 1, 7, "straight"),
            ("{\n\"a\" 1}", 2, 5, ""), ("", 1, 1, ""),
        ])
    func places(text: String, line: Int, column: Int, hint: String) throws {
        let error = try #require(throws: TextFileError.self) { try TextFile.json(Array(text.utf8)) }
        #expect(error.line == line && error.column == column)
        #expect(hint.isEmpty || error.reason.contains(hint))
    }

    @Test("other encodings are named, whatever their bytes are")
    func unknown() {
        for bytes: [UInt8] in [
            [0x7B, 0x22, 0xE4, 0x22, 0x7D], [0xFF, 0xFE, 0, 0, 0x7B, 0, 0, 0], [0xFF, 0xFE, 0x00],
        ] {
            let error = #expect(throws: TextFileError.self) { try TextFile.json(bytes) }
            #expect(error?.reason.contains("UTF-8") == true)
        }
        for length in 0..<6 { _ = TextFile.utf8([UInt8](repeating: 0, count: length)) }
        #expect(TextFile.utf8([0xFF, 0xFE, 0x00, 0xD8]) == [0xFF, 0xFE, 0x00, 0xD8], "half of a pair is no text")
    }
}
