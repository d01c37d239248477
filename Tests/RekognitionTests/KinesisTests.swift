import Base
import FoundationEssentials
import Rekognition
import RekognitionTestSupport
import Synchronization
import Testing

@Suite("Data streams are read as with Kinesis")
struct KinesisTests {
    /// A stream with three records, and clocks that the test moves.
    private final class Reader: Sendable {
        let streams: MemoryStreams
        let api: KinesisAPI
        private let clocks = Clocks()

        init(records: Int = 3) {
            let clocks = clocks
            streams = MemoryStreams(["faces", "yard"]) { WallTime(milliseconds: clocks.wall.withLock { $0 }) }
            api = KinesisAPI(
                streams: streams, now: { MonotonicTime(nanoseconds: clocks.monotonic.withLock { $0 }) },
                wallTime: { WallTime(milliseconds: clocks.wall.withLock { $0 }) })
            for number in 0..<records {
                streams.append("record \(number)", to: "faces")
                wait(seconds: 1)
            }
        }

        final class Clocks: Sendable {
            let wall = Mutex<Int64>(1_767_225_600_000)
            let monotonic = Mutex<Int64>(1_000_000_000)
        }
        func wait(seconds: Int64) {
            clocks.wall.withLock { $0 += seconds * 1000 }
            clocks.monotonic.withLock { $0 += seconds * 1_000_000_000 }
        }

        func ask(_ operation: String, _ request: JSONValue) async throws -> JSONValue {
            let (status, bytes) = await api.answer(operation: operation, body: request.jsonBytes)
            let answer = try JSONParser.parse(bytes)
            #expect(status == (answer["__type"] == nil ? 200 : 400), "\(answer)")
            return answer
        }

        func iterator(_ type: String, _ more: [String: JSONValue] = [:]) async throws -> JSONValue {
            let request: [String: JSONValue] = [
                "StreamName": "faces", "ShardId": "shardId-000000000000", "ShardIteratorType": .string(type),
            ]
            let answer = try await ask("GetShardIterator", .object(request.merging(more) { _, new in new }))
            return try #require(answer["ShardIterator"], "\(answer)")
        }

        func texts(_ answer: JSONValue) -> [String] {
            (answer["Records"]?.array ?? []).compactMap { record in
                record["Data"]?.string.flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
            }
        }

        func refusal(_ operation: String, _ request: JSONValue) async throws -> String? {
            try await ask(operation, request)["__type"]?.string
        }
    }

    @Test("a reader that begins at the oldest record gets each one once, in order, and then what comes")
    func wholeLoop() async throws {
        let reader = Reader()
        var iterator = try await reader.iterator("TRIM_HORIZON")
        var seen: [String] = []
        for round in 0..<4 {
            let answer = try await reader.ask("GetRecords", ["ShardIterator": iterator, "Limit": 2])
            seen += reader.texts(answer)
            iterator = try #require(answer["NextShardIterator"])
            if round == 0 {
                #expect(answer["MillisBehindLatest"]?.int.map { $0 > 0 } == true)
                reader.streams.append("later", to: "faces")
            }
        }
        #expect(seen == ["record 0", "record 1", "record 2", "later"])
        #expect(try await reader.ask("GetRecords", ["ShardIterator": iterator])["MillisBehindLatest"]?.int == 0)
    }

    @Test("a record carries its number, its arrival, its processor and its bytes")
    func record() async throws {
        let reader = Reader(records: 1)
        let answer = try await reader.ask(
            "GetRecords", ["ShardIterator": try await reader.iterator("TRIM_HORIZON")])
        let record = try #require(answer["Records"]?.array?.first)
        #expect(record["SequenceNumber"] == "1000" && record["PartitionKey"] == "door")
        #expect(record["ApproximateArrivalTimestamp"]?.double == 1_767_225_600)
        #expect(record["Data"]?.string == "cmVjb3JkIDA=")
    }

    @Test("a reader goes on at, or after, the number that it has saved, at a time, or at the end")
    func places() async throws {
        let reader = Reader()
        func seen(_ type: String, _ more: [String: JSONValue] = [:]) async throws -> [String] {
            let iterator = try await reader.iterator(type, more)
            return reader.texts(try await reader.ask("GetRecords", ["ShardIterator": iterator]))
        }
        #expect(try await seen("AT_SEQUENCE_NUMBER", ["StartingSequenceNumber": "1003"]) == ["record 1", "record 2"])
        #expect(try await seen("AFTER_SEQUENCE_NUMBER", ["StartingSequenceNumber": "1003"]) == ["record 2"])
        #expect(try await seen("AT_TIMESTAMP", ["Timestamp": 1_767_225_601.5]) == ["record 2"])
        let end = try await reader.iterator("LATEST")
        reader.streams.append("new", to: "faces")
        #expect(reader.texts(try await reader.ask("GetRecords", ["ShardIterator": end])) == ["new"])
    }

    @Test("an iterator lasts five minutes, and no longer")
    func expiry() async throws {
        let reader = Reader()
        let iterator = try await reader.iterator("LATEST")
        reader.wait(seconds: 300)
        #expect(try await reader.refusal("GetRecords", ["ShardIterator": iterator]) == nil)
        reader.wait(seconds: 1)
        #expect(try await reader.refusal("GetRecords", ["ShardIterator": iterator]) == "ExpiredIteratorException")
    }

    @Test("what is no iterator of ours is refused as such", arguments: ["x", "AAAA", "MS4yLjMuZmFjZXM="])
    func foreignIterators(_ text: String) async throws {
        let type = try await Reader().refusal("GetRecords", ["ShardIterator": .string(text)])
        #expect(type == "InvalidArgumentException")
    }

    static let refusals: [(String, JSONValue, String)] = [
        ("DescribeStream", ["StreamName": "nobody"], "ResourceNotFoundException"),
        ("DescribeStream", [:], "InvalidArgumentException"),
        ("DescribeStream", ["StreamName": "a b"], "ValidationException"),
        ("ListShards", ["StreamName": "nobody"], "ResourceNotFoundException"),
        ("ListShards", ["NextToken": "never seen"], "InvalidArgumentException"),
        ("ListStreams", ["Limit": 0], "ValidationException"),
        ("GetRecords", ["ShardIterator": "x", "Limit": 10_001], "ValidationException"),
        ("GetRecords", [:], "ValidationException"),
        ("GetShardIterator", ["StreamName": "faces", "ShardId": "shardId-000000000000"], "ValidationException"),
        (
            "GetShardIterator",
            ["StreamName": "faces", "ShardId": "shardId-000000000001", "ShardIteratorType": "LATEST"],
            "ResourceNotFoundException"
        ),
        (
            "GetShardIterator",
            ["StreamName": "faces", "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_SEQUENCE_NUMBER"],
            "InvalidArgumentException"
        ),
        (
            "GetShardIterator",
            [
                "StreamName": "faces", "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_SEQUENCE_NUMBER",
                "StartingSequenceNumber": "999999999",
            ], "InvalidArgumentException"
        ),
        (
            "GetShardIterator",
            [
                "StreamName": "faces", "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_TIMESTAMP",
                "Timestamp": 9_999_999_999,
            ], "InvalidArgumentException"
        ),
        (
            "DescribeStream", ["StreamName": "faces", "StreamARN": "arn:aws:kinesis:x:000000000000:stream/yard"],
            "InvalidArgumentException"
        ),
        ("PutRecord", [:], "UnknownOperationException"),
    ]

    @Test("a wrong request is refused with Kinesis' own name for it", arguments: refusals)
    func refused(_ operation: String, _ request: JSONValue, _ type: String) async throws {
        let reader = Reader()
        #expect(try await reader.refusal(operation, request) == type)
    }

    @Test("streams and their shard are described, by name and by ARN")
    func descriptions() async throws {
        let reader = Reader()
        let list = try await reader.ask("ListStreams", ["Limit": 1])
        #expect(list["StreamNames"] == ["faces"] && list["HasMoreStreams"] == true)
        let rest = try await reader.ask("ListStreams", ["NextToken": try #require(list["NextToken"])])
        #expect(rest["StreamNames"] == ["yard"] && rest["HasMoreStreams"] == false)
        let arn: JSONValue = ["StreamARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/faces"]
        let stream = try #require(try await reader.ask("DescribeStream", arn)["StreamDescription"])
        #expect(stream["StreamStatus"] == "ACTIVE" && stream["HasMoreShards"] == false)
        let shards = try #require(try await reader.ask("ListShards", arn)["Shards"])
        #expect(shards == stream["Shards"] && shards.array?.count == 1)
        let summary = try await reader.ask("DescribeStreamSummary", arn)["StreamDescriptionSummary"]
        #expect(summary?["OpenShardCount"]?.int == 1)
    }

    @Test("a stream that has gone meanwhile is not found")
    func gone() async throws {
        let reader = Reader()
        let iterator = try await reader.iterator("LATEST")
        reader.streams.delete("faces")
        #expect(try await reader.refusal("GetRecords", ["ShardIterator": iterator]) == "ResourceNotFoundException")
    }

    @Test("the message of a refusal is where Kinesis has it")
    func message() async throws {
        let answer = try await Reader().ask("DescribeStream", ["StreamName": "nobody"])
        #expect(answer["message"]?.string == "Stream nobody under account 000000000000 not found.")
    }
}
