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

    @Test("Seeded damage to a request ends in an answer, never in a trap", arguments: 0..<40)
    func damage(_ seed: UInt64) async {
        var random = SeededGenerator(seed: seed)
        let api = RekognitionAPI(control: InMemoryControl())
        let good = createRequest("door").jsonBytes
        for _ in 0..<50 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                }
            }
            let (status, body) = await api.answer(operation: "CreateStreamProcessor", body: bytes)
            #expect(status == 200 || status == 400)
            #expect((try? JSONParser.parse(body)) != nil)
        }
    }
}
