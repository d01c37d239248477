import Base
import Testing

@Suite("What stands in URLs")
struct PercentEncodingTests {
    @Test("every byte comes back, whatever a name holds")
    func bothWays() {
        let all = Array(UInt8.min...UInt8.max)
        #expect(PercentEncoding.decoded(PercentEncoding.encoded(all)) == all)
        #expect(PercentEncoding.encoded("a b/ü?&=%~._-".utf8) == "a%20b%2F%C3%BC%3F%26%3D%25~._-")
        #expect(PercentEncoding.encoded("/a b/c".utf8, keeping: "/") == "/a%20b/c")
    }

    @Test("what is no digit is no code", arguments: ["%", "%4", "%4g", "%%", "a%zz"])
    func broken(_ text: String) { #expect(PercentEncoding.decoded(text) == Array(text.utf8)) }

    @Test(
        "a span is read as people write it",
        arguments: zip(["90s", "30m", "2h", "7d", "0s"], [90, 1800, 7200, 604_800, 0]))
    func spans(_ text: String, _ seconds: Int) { #expect(Duration(span: text) == .seconds(seconds)) }

    @Test(
        "what cannot be a span is none, and nothing overflows",
        arguments: ["", "s", "2", "-1s", "2w", "1.5h", "2 h", "100001d", "99999999999999999999s", "2hh"])
    func noSpans(_ text: String) { #expect(Duration(span: text) == nil) }
}
