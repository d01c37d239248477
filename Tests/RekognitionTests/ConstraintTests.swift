import Base
import Faces
import Rekognition
import RekognitionTestSupport
import Testing

/// SDKs check only required members and minimums, so the server must hold every constraint by itself.
@Suite struct ConstraintTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var operation: String
        var member: String
        var what: String
        var request: JSONValue
        /// Empty: must succeed.
        var errors: [String]

        var testDescription: String { "\(operation).\(member): \(what)" }
    }

    static let cases: [Case] = {
        let items = (try? fixture("constraints.json"))?.array ?? []
        return items.map { item in
            Case(
                operation: item["operation"]?.string ?? "", member: item["member"]?.string ?? "",
                what: item["what"]?.string ?? "", request: item["request"] ?? .null,
                errors: item["errors"]?.array?.compactMap(\.string) ?? [])
        }
    }()

    @Test("The service model is there, with every operation")
    func modelIsThere() {
        #expect(Self.cases.count > 200)
        #expect(Set(Self.cases.map(\.operation)).count == 29)
    }

    @Test("A value inside its bounds is accepted, one outside is refused with AWS's error", arguments: cases)
    func bounds(_ example: Case) async throws {
        let api = try await Self.apiWithOneProcessor(running: example.operation == "StopStreamProcessor")
        let (status, body) = await api.answer(operation: example.operation, body: example.request.jsonBytes)
        let answer = try JSONParser.parse(body)
        if example.errors.isEmpty {
            #expect(status == 200, "\(answer)")
        } else {
            #expect(status == 400)
            #expect(example.errors.contains(answer["__type"]?.string ?? ""), "\(answer)")
            #expect(answer["Message"]?.string?.isEmpty == false)
        }
    }

    @Test("All broken constraints of a request are told at once, each with its place")
    func allAtOnce() async throws {
        let api = RekognitionAPI(control: InMemoryControl())
        let body: JSONValue = [
            "Name": "two words", "Input": ["KinesisVideoStream": ["Arn": "nonsense"]], "Output": [:], "RoleArn": "me",
            "Settings": ["ConnectedHome": ["Labels": [], "MinConfidence": 250]],
            "RegionsOfInterest": [["BoundingBox": ["Left": 0.5, "Top": 0, "Width": 0.6, "Height": 1]]],
        ]
        let message = try await Self.message(api, "CreateStreamProcessor", body)
        #expect(message.hasPrefix("8 validation errors detected: "))
        for place in [
            "'name'", "'input.kinesisVideoStream.arn'", "'output.s3Destination'", "'settings.connectedHome.labels'",
            "'settings.connectedHome.minConfidence'", "'roleArn'", "'notificationChannel'",
            "'regionsOfInterest[0].boundingBox'",
        ] {
            #expect(message.contains(place), "\(place) is missing in: \(message)")
        }
    }

    static let concave: JSONValue = [
        ["X": 0.1, "Y": 0.1], ["X": 0.9, "Y": 0.1], ["X": 0.5, "Y": 0.4], ["X": 0.9, "Y": 0.9],
    ]
    static let box: JSONValue = ["Left": 0.5, "Top": 0, "Width": 0.5, "Height": 1]
    static let brokenRegions: [(JSONValue, String)] = [
        ([:], "exactly one"), (["BoundingBox": box, "Polygon": concave], "exactly one"),
        (["BoundingBox": ["Left": 0.5]], "Left, Top, Width and Height"),
        (["BoundingBox": ["Left": -0.1, "Top": 0, "Width": 0.5, "Height": 1]], "inside the frame"),
        (["BoundingBox": ["Left": 0.1, "Top": 0, "Width": 0, "Height": 1]], "area"),
        (["Polygon": [["X": 0, "Y": 0], ["X": 1, "Y": 1]]], "needs 3 to 10 points"),
        (["Polygon": [["X": 0, "Y": 0], ["X": 1, "Y": 1], ["X": 1, "Y": 0], ["X": 0, "Y": 1]]], "cross"),
        (["Polygon": [["X": 0, "Y": 0], ["X": 1.5, "Y": 1], ["X": 1, "Y": 0]]], "inside the frame"),
        (["Polygon": [["X": 0], ["X": 1, "Y": 1], ["X": 1, "Y": 0]]], "X and Y"),
        (["Polygon": [["X": 0, "Y": 0], ["X": 0.5, "Y": 0.5], ["X": 1, "Y": 1]]], "area"),
    ]

    @Test("A region that encloses nothing sensible is refused with its index", arguments: brokenRegions)
    func regions(_ region: JSONValue, _ reason: String) async throws {
        let api = try await Self.apiWithOneProcessor(running: false)
        let body: JSONValue = [
            "Name": "existing", "RegionsOfInterestForUpdate": [["Polygon": Self.concave], region],
        ]
        let message = try await Self.message(api, "UpdateStreamProcessor", body)
        #expect(message.contains("regionsOfInterestForUpdate[1]"))
        #expect(message.contains(reason), "\(message)")
    }

    @Test(
        "Names and paths that would leave the results folder are refused",
        arguments: [
            ["Name": ".."], ["Name": "."], ["Output": ["S3Destination": ["Bucket": "abc", "KeyPrefix": "a/../../b"]]],
            ["Output": ["S3Destination": ["Bucket": "abc", "KeyPrefix": "/etc"]]],
            ["Output": ["S3Destination": ["Bucket": "abc", "KeyPrefix": "a\u{0}b"]]],
            ["Output": ["S3Destination": ["Bucket": "...."]]],
        ] as [JSONValue])
    func paths(_ change: JSONValue) async throws {
        let good = try #require(Self.cases.first { $0.operation == "CreateStreamProcessor" }).request
        var members = try #require(good.object)
        for (name, value) in change.object ?? [:] { members[name] = value }
        let api = RekognitionAPI(control: InMemoryControl())
        let (status, body) = await api.answer(
            operation: "CreateStreamProcessor", body: JSONValue.object(members).jsonBytes)
        #expect(status == 400)
        #expect(try JSONParser.parse(body)["__type"] == "InvalidParameterException")
    }

    private static func message(_ api: RekognitionAPI, _ operation: String, _ body: JSONValue) async throws -> String {
        let (status, bytes) = await api.answer(operation: operation, body: body.jsonBytes)
        #expect(status == 400)
        let answer = try JSONParser.parse(bytes)
        #expect(answer["__type"] == "InvalidParameterException")
        return try #require(answer["Message"]?.string)
    }

    static func apiWithOneProcessor(running: Bool) async throws -> RekognitionAPI {
        let collections = try await CollectionRegistry.family()
        let api = RekognitionAPI(
            control: InMemoryControl(), pictures: ScriptedPictures(.success([])),
            faces: ScriptedFaces(.success([ScriptedFaces.face([1, 0, 0])])), collections: collections)
        let good = try #require(cases.first { $0.operation == "CreateStreamProcessor" && $0.what == "good" }).request
        var members = try #require(good.object)
        members["Name"] = "existing"
        _ = await api.answer(operation: "CreateStreamProcessor", body: JSONValue.object(members).jsonBytes)
        if running {
            _ = await api.answer(operation: "StartStreamProcessor", body: Array(#"{"Name":"existing"}"#.utf8))
        }
        return api
    }
}
