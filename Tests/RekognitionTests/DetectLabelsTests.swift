import Base
import Foundation
import Rekognition
import RekognitionTestSupport
import Testing

@Suite("DetectLabels")
struct DetectLabelsTests {
    private static let picture: [UInt8] = [0xFF, 0xD8, 0xFF, 0x00]

    private static func seen(_ label: Label, _ name: String, _ confidence: Float) throws -> Detection {
        Detection(
            label: label, className: name, confidence: Confidence(clamping: confidence),
            box: try #require(NormalizedBox(left: -0.1, top: 0.2, width: 0.3, height: 0.4)))
    }

    private static func asked(
        _ members: [String: JSONValue], _ outcome: Result<[Detection], PictureRefusal> = .success([])
    ) async throws -> (status: Int, answer: JSONValue, shown: [[UInt8]]) {
        let pictures = ScriptedPictures(outcome)
        let api = RekognitionAPI(control: InMemoryControl(), pictures: pictures)
        let (status, body) = await api.answer(operation: "DetectLabels", body: JSONValue.object(members).jsonBytes)
        return (status, try JSONParser.parse(body), await pictures.shown)
    }

    private static let image: JSONValue = ["Bytes": .string(Data(picture).base64EncodedString())]

    private static func names(_ answer: JSONValue) -> [String] {
        (answer["Labels"]?.array ?? []).compactMap { $0["Name"]?.string }
    }

    private static func everybody() throws -> [Detection] {
        [
            try seen(.pet, "cat", 0.7), try seen(.person, "person", 0.9), try seen(.person, "person", 0.6),
            try seen(.package, "package", 0.5), try seen(.pet, "dog", 0.8),
        ]
    }

    @Test("a picture's bytes arrive whole, and what is in it is told as AWS tells it")
    func shape() async throws {
        let (status, answer, shown) = try await Self.asked(["Image": Self.image], .success(Self.everybody()))
        #expect(status == 200)
        #expect(shown == [Self.picture])
        #expect(Self.names(answer) == ["Person", "Dog", "Pet", "Cat"])
        #expect(answer["LabelModelVersion"] == "scripted")
        let person = try #require(answer["Labels"]?.array?.first)
        #expect(person["Instances"]?.array?.count == 2)
        #expect(person["Parents"] == [])
        #expect(person["Categories"] == [["Name": "Person Description"]])
        let box = try #require(person["Instances"]?.array?.first?["BoundingBox"])
        #expect(box["Left"]?.double == 0)
        #expect(abs((box["Width"]?.double ?? 0) - 0.2) < 1e-9)
        let dog = try #require(answer["Labels"]?.array?.dropFirst().first)
        #expect(dog["Parents"] == [["Name": "Pet"]])
        let pet = try #require(answer["Labels"]?.array?.dropFirst(2).first)
        #expect(pet["Instances"] == [])
    }

    @Test(
        "MinConfidence, MaxLabels and filters by name and category decide what is told",
        arguments: [
            (["MinConfidence": 45], ["Person", "Dog", "Pet", "Cat", "Package"]),
            (["MinConfidence": 75], ["Person", "Dog", "Pet"]), (["MinConfidence": 100], []),
            (["MaxLabels": 2], ["Person", "Dog"]), (["MaxLabels": 0], []),
            (["Settings": ["GeneralLabels": ["LabelInclusionFilters": ["Cat"]]]], ["Cat"]),
            (["Settings": ["GeneralLabels": ["LabelExclusionFilters": ["Cat", "Pet"]]]], ["Person", "Dog"]),
            (
                ["Settings": ["GeneralLabels": ["LabelCategoryInclusionFilters": ["Animals and Pets"]]]],
                ["Dog", "Pet", "Cat"]
            ),
            (
                [
                    "Settings": [
                        "GeneralLabels": [
                            "LabelInclusionFilters": ["Person"],
                            "LabelCategoryInclusionFilters": ["Animals and Pets"], "LabelExclusionFilters": ["Dog"],
                        ]
                    ]
                ], ["Person", "Pet", "Cat"]
            ),
            (
                ["Settings": ["GeneralLabels": ["LabelCategoryExclusionFilters": ["Person Description"]]]],
                ["Dog", "Pet", "Cat"]
            ), (["Features": ["GENERAL_LABELS"]], ["Person", "Dog", "Pet", "Cat"]),
        ] as [([String: JSONValue], [String])])
    func choices(_ members: [String: JSONValue], _ expected: [String]) async throws {
        let all = members.merging(["Image": Self.image]) { _, new in new }
        let (status, answer, _) = try await Self.asked(all, .success(Self.everybody()))
        #expect(status == 200)
        #expect(Self.names(answer) == expected)
    }

    @Test(
        "what breaks AWS's rules is refused by AWS's name before anything is looked at",
        arguments: [
            ([:], "InvalidParameterException"), (["Image": [:]], "InvalidParameterException"),
            (["Image": ["Bytes": ""]], "InvalidParameterException"),
            (["Image": ["Bytes": "no base64"]], "SerializationException"),
            (["Image": ["Bytes": 7]], "SerializationException"),
            (["Image": ["S3Object": ["Bucket": "pictures", "Name": "a.jpg"]]], "InvalidS3ObjectException"),
            (["Image": ["S3Object": ["Bucket": "x"]]], "InvalidParameterException"),
            (["Image": ["Bytes": "/9g=", "S3Object": ["Bucket": "pictures"]]], "InvalidParameterException"),
            (["Image": ["Bytes": "/9g="], "MaxLabels": -1], "InvalidParameterException"),
            (["Image": ["Bytes": "/9g="], "MaxLabels": 1.5], "SerializationException"),
            (["Image": ["Bytes": "/9g="], "MinConfidence": 100.1], "InvalidParameterException"),
            (["Image": ["Bytes": "/9g="], "MinConfidence": -0.1], "InvalidParameterException"),
            (["Image": ["Bytes": "/9g="], "Features": ["FACES"]], "InvalidParameterException"),
            (["Image": ["Bytes": "/9g="], "Features": ["IMAGE_PROPERTIES"]], "InvalidParameterException"),
            (
                ["Image": ["Bytes": "/9g="], "Settings": ["ImageProperties": ["MaxDominantColors": 21]]],
                "InvalidParameterException"
            ),
            (
                [
                    "Image": ["Bytes": "/9g="],
                    "Settings": ["GeneralLabels": ["LabelInclusionFilters": ["a#b"]]],
                ], "InvalidParameterException"
            ),
        ] as [([String: JSONValue], String)])
    func refusals(_ members: [String: JSONValue], _ expected: String) async throws {
        let (status, answer, shown) = try await Self.asked(members)
        #expect(status == 400)
        #expect(answer["__type"]?.string == expected)
        #expect(shown.isEmpty)
    }

    @Test(
        "a picture that cannot be looked at is named, and whether to try again",
        arguments: [
            (PictureRefusal.unreadable("x"), "InvalidImageFormatException", 400),
            (.tooLarge("x"), "ImageTooLargeException", 400),
            (.busy("x"), "ProvisionedThroughputExceededException", 400),
            (.stopping, "ServiceUnavailableException", 503),
        ])
    func unseen(_ refusal: PictureRefusal, _ expected: String, _ expectedStatus: Int) async throws {
        let (status, answer, _) = try await Self.asked(["Image": Self.image], .failure(refusal))
        #expect(status == expectedStatus)
        #expect(answer["__type"]?.string == expected)
    }

    @Test("more than 5 MiB of picture are refused as too large")
    func tooLarge() async throws {
        let bytes = Data(count: 5 << 20 + 1).base64EncodedString()
        let (_, answer, shown) = try await Self.asked(["Image": ["Bytes": .string(bytes)]])
        #expect(answer["__type"]?.string == "ImageTooLargeException")
        #expect(shown.isEmpty)
    }
}
