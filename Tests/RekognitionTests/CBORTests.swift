import Base
import Rekognition
import RekognitionTestSupport
import TestSupport
import Testing

/// What the AWS SDK for Java sends to Kinesis is understood, and nothing that only looks like it does harm.
@Suite("Kinesis in CBOR, as the SDK for Java speaks it")
struct CBORTests {
    private func read(_ bytes: [UInt8]) -> JSONValue? { try? CBORReader.value(of: bytes) }

    private func text(_ text: String) -> [UInt8] { [0x60 | UInt8(text.utf8.count)] + text.utf8 }

    @Test("a map without a length, as Java's generator writes it, with a time in milliseconds")
    func request() {
        let time: [UInt8] = [0xC1, 0x1B, 0, 0, 1, 0x9B, 0x76, 0xDB, 0x78, 0x01]
        let parts: [[UInt8]] = [
            [0xBF], text("StreamName"), text("faces"), text("Limit"), [0x18, 0x64], text("Timestamp"), time, [0xFF],
        ]
        let body = parts.flatMap { $0 }
        #expect(read(body) == ["StreamName": "faces", "Limit": 100, "Timestamp": .number(1_767_225_653.249)])
        #expect(read([]) == [:] && read([0xBF, 0xFF]) == [:] && read([0xA0]) == [:])
    }

    @Test("every kind of item that JSON has, and texts and bytes in pieces")
    func kinds() {
        let items: [([UInt8], JSONValue)] = [
            ([0x00], 0), ([0x20], -1), ([0x38, 0xFF], -256), ([0x1A, 0, 1, 0, 0], 65536), ([0xF4], false),
            ([0xF5], true),
            ([0xF6], .null), ([0xF9, 0x3C, 0x00], .number(1)), ([0xFA, 0x3F, 0x80, 0, 0], .number(1)),
            ([0xFB, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0], .number(1)), ([0x42, 0x68, 0x69], "aGk="),
            ([0x5F, 0x41, 0x68, 0x41, 0x69, 0xFF], "aGk="), ([0x7F, 0x61, 0x68, 0x61, 0x69, 0xFF], "hi"),
            ([0x82, 0x01, 0x02], [1, 2]), ([0x9F, 0x01, 0x02, 0xFF], [1, 2]),
            ([0x3B] + [UInt8](repeating: 255, count: 8), .integer(.min)),
        ]
        for (bytes, value) in items { #expect(read(bytes) == value, "\(bytes)") }
    }

    @Test("what is no CBOR, or none that a request can be, is refused: cut off, too deep, too many, a name twice")
    func refused() {
        let bodies: [[UInt8]] = [
            [0x61], [0x5B] + [UInt8](repeating: 255, count: 8), [0x9B] + [UInt8](repeating: 255, count: 8), [0xBF],
            [0xFF], [0x81, 0xFF], [0xA1, 0xFF], [0x1C], [0x1F], [0xF8, 0x20], [0xE0], [0x61, 0xFF], [0xA1, 0x01, 0x02],
            [0xA2] + text("a") + [0x01] + text("a") + [0x02], [0x00, 0x00], [0x5F, 0x61, 0x68, 0xFF], [0xC1, 0xF6],
            [UInt8](repeating: 0x81, count: CBORReader.maxDepth + 2), [UInt8](repeating: 0xC0, count: 60_000) + [0],
            [0x9F] + [UInt8](repeating: 0, count: CBORReader.maxItems) + [0xFF],
            [0x5F] + [UInt8](repeating: 0x40, count: CBORReader.maxItems + 1) + [0xFF],
        ]
        for body in bodies { #expect(read(body) == nil, "\(body.prefix(12))") }
    }

    @Test("a time that no count of milliseconds holds is written as the number it is")
    func farTimes() {
        for seconds in [1e300, -1e300, 9.3e15] {
            let bytes = CBORWriter.bytes(of: ["AtTimestamp": .number(seconds)])
            #expect(read(bytes)?["AtTimestamp"]?.double == seconds)
        }
    }

    @Test("ten thousand bodies at random, and cut and changed ones, are read or refused")
    func hostile() {
        var random = SplitMix(seed: 3)
        let valid = CBORWriter.bytes(of: ["Records": [["Data": "aGk=", "N": 7]], "Limit": -300, "X": .number(0.5)])
        for round in 0..<10_000 {
            var body =
                round % 2 == 0
                ? valid : (0..<Int(random.next() % 40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if !body.isEmpty {
                body[Int(random.next() % UInt64(body.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            let part = Array(body.prefix(Int(random.next() % UInt64(body.count + 1))))
            if let value = read(part) { _ = CBORWriter.bytes(of: value) }
        }
    }

    @Test("answers have bytes where Kinesis has them, times in milliseconds, and are read as they were written")
    func answers() {
        let answer: JSONValue = [
            "Records": [
                ["Data": "AP8=", "ApproximateArrivalTimestamp": .number(1_767_225_653.249), "SequenceNumber": "12"]
            ],
            "MillisBehindLatest": 0, "HasMore": true, "Nothing": .null,
        ]
        let bytes = CBORWriter.bytes(of: answer)
        #expect(bytes.firstRange(of: text("Data") + [0x42, 0x00, 0xFF]) != nil)
        #expect(bytes.firstRange(of: [0xC1, 0x1B, 0, 0, 1, 0x9B, 0x76, 0xDB, 0x78, 0x01]) != nil)
        #expect(read(bytes) == answer)
    }

    @Test("an operation asked in CBOR answers in CBOR, a refusal too")
    func operation() async throws {
        let api = KinesisAPI(streams: MemoryStreams(["faces"]) { WallTime(milliseconds: 1_767_225_600_000) })
        let (status, bytes) = await api.answer(operation: "ListStreams", body: [0xBF, 0xFF], as: .cbor)
        #expect(status == 200 && read(bytes)?["StreamNames"] == ["faces"])
        let refusal = await api.answer(
            operation: "DescribeStream", body: [0xA1] + text("StreamName") + text("attic"), as: .cbor)
        #expect(refusal.status == 400 && read(refusal.body)?["__type"] == "ResourceNotFoundException")
        let broken = await api.answer(operation: "ListStreams", body: [0xBF], as: .cbor)
        #expect(broken.status == 400 && read(broken.body)?["__type"] == "SerializationException")
    }
}
