import Base
import Rekognition
import RekognitionTestSupport
import Testing

@Suite("A face search is asked for as with AWS")
struct FaceSearchRequestTests {
    private static let arn = "arn:aws:kinesis:us-east-1:123456789012:stream/faces"

    private static func wanted(_ changes: [String: JSONValue] = [:]) -> JSONValue {
        var members = createRequest("door").object ?? [:]
        members["NotificationChannel"] = nil
        members["Settings"] = ["FaceSearch": ["CollectionId": "family", "FaceMatchThreshold": 92.5]]
        members["Output"] = ["KinesisDataStream": ["Arn": .string(arn)]]
        return .object(members.merging(changes) { _, new in new })
    }

    private func answer(_ operation: String, _ body: JSONValue, _ api: RekognitionAPI) async throws -> JSONValue {
        let (status, bytes) = await api.answer(operation: operation, body: body.jsonBytes)
        let answer = try JSONParser.parse(bytes)
        #expect(status == (answer["__type"] == nil ? 200 : 400))
        return answer
    }

    @Test("Describe echoes collection, threshold and stream as they were given, and nothing of label detection")
    func echo() async throws {
        let api = RekognitionAPI(control: InMemoryControl())
        _ = try await answer("CreateStreamProcessor", Self.wanted(), api)
        let described = try await answer("DescribeStreamProcessor", ["Name": "door"], api)
        #expect(described["Settings"] == ["FaceSearch": ["CollectionId": "family", "FaceMatchThreshold": 92.5]])
        #expect(described["Output"] == ["KinesisDataStream": ["Arn": .string(Self.arn)]])
        #expect(described["NotificationChannel"] == nil && described["RegionsOfInterest"] == nil)
    }

    @Test("a threshold below 80 becomes 80, and so does none", arguments: [0, 79.9, nil] as [Double?])
    func threshold(_ threshold: Double?) async throws {
        let api = RekognitionAPI(control: InMemoryControl())
        var search: [String: JSONValue] = ["CollectionId": "family"]
        search["FaceMatchThreshold"] = threshold.map(JSONValue.number)
        _ = try await answer(
            "CreateStreamProcessor", Self.wanted(["Settings": ["FaceSearch": .object(search)]]), api)
        let described = try await answer("DescribeStreamProcessor", ["Name": "door"], api)
        #expect(described["Settings"]?["FaceSearch"]?["FaceMatchThreshold"]?.double == 80)
    }

    static let refusals: [(String, [String: JSONValue], String)] = [
        (
            "both families", ["Settings": ["FaceSearch": ["CollectionId": "a"], "ConnectedHome": ["Labels": ["ALL"]]]],
            "exactly one of ConnectedHome and FaceSearch"
        ),
        ("no collection", ["Settings": ["FaceSearch": [:]]], "settings.faceSearch.collectionId"),
        ("a folder", ["Output": ["S3Destination": ["Bucket": "results"]]], "face search writes to KinesisDataStream"),
        ("no stream", ["Output": ["KinesisDataStream": [:]]], "output.kinesisDataStream.arn"),
        (
            "a stream without a name",
            ["Output": ["KinesisDataStream": ["Arn": "arn:aws:kinesis:x:123456789012:faces"]]],
            "must end in ':stream/<name>'"
        ),
        ("regions", ["RegionsOfInterest": []], "belongs to label detection"),
        (
            "notifications", ["NotificationChannel": ["SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:porch"]],
            "belongs to label detection"
        ),
    ]

    @Test("what AWS refuses beside a face search is refused with its place", arguments: refusals)
    func refused(_ what: String, _ change: [String: JSONValue], _ words: String) async throws {
        let api = RekognitionAPI(control: InMemoryControl())
        let refusal = try await answer("CreateStreamProcessor", Self.wanted(change), api)
        #expect(refusal["__type"] == "InvalidParameterException", "\(what)")
        #expect(refusal["Message"]?.string?.contains(words) == true, "\(refusal)")
    }
}
