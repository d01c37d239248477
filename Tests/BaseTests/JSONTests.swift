import Base
import Testing

@Suite struct JSONTests {
    @Test(
        "What RFC 8259 calls JSON is read",
        arguments: [
            ("null", .null), (" [ ] ", []), ("{\"a\":[true,false]}", ["a": [true, false]]), ("-0", .integer(0)),
            ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("1.5e3", .number(1500)), ("\"\\u00fc\\uD83D\\uDE00\\n\\/\"", "ü😀\n/"), ("\"ü\"", "ü"),
        ] as [(String, JSONValue)])
    func reads(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONParser.parse(Array(text.utf8)) == value)
    }

    @Test(
        "What it does not is refused",
        arguments: [
            "", "01", "1.", ".5", "1e", "+1", "NaN", "Infinity", "1e999", "[1,]", "{\"a\":1,}", "{a:1}", "'a'",
            "\"\t\"",
            "\"\\x\"", "\"\\uD800\"", "\"\\uD800\\u0041\"", "\"\\uDC00\"", "\"\\u12", "\"abc", "[", "{\"a\"", "[1 2]",
            "1 1",
            "{\"a\":1,\"a\":2}", "tru",
        ])
    func refuses(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func notUTF8() {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0xC3, 0x22]) }
    }

    @Test("A text that is nested or long without end is refused, not followed")
    func bombs() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 5_000_000)
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(deep) }
        let long =
            Array("[".utf8) + [[UInt8]](repeating: Array("0,".utf8), count: 2_000_000).joined() + Array("0]".utf8)
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(long) }
    }

    @Test("What is written is read back the same")
    func roundTrip() throws {
        let value: JSONValue = [
            "text": "a\"b\\c\n\u{1}ü☂", "numbers": [0.1, -1e-7, 1e300, .integer(.min)], "empty": [[], [:], nil],
        ]
        #expect(try JSONParser.parse(value.jsonBytes) == value)
    }
}
