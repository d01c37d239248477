import Base
import Rekognition
import RekognitionTestSupport
import Testing

@Suite("Trials through the doors")
struct TrialStepTests {
    private static let change: JSONValue = ["Name": "door", "SettingsForUpdate": ["ConnectedHomeForUpdate": [:]]]

    private static func api() async throws -> (RekognitionAPI, InMemoryControl) {
        let control = InMemoryControl()
        let api = RekognitionAPI(control: control)
        let request: JSONValue = [
            "Name": "door",
            "Input": ["KinesisVideoStream": ["Arn": "arn:aws:kinesisvideo:eu-west-1:123456789012:stream/front-door"]],
            "Output": ["S3Destination": ["Bucket": "results"]], "RoleArn": "arn:aws:iam::123456789012:role/porchlight",
            "NotificationChannel": ["SNSTopicArn": "arn:aws:sns:eu-west-1:123456789012:door"],
            "Settings": ["ConnectedHome": ["Labels": ["PERSON"]]],
        ]
        let (status, _) = await api.answer(operation: "CreateStreamProcessor", body: request.jsonBytes)
        #expect(status == 200)
        return (api, control)
    }

    @Test(
        "API headers and MQTT members say the same of a trial, and are refused alike",
        arguments: [
            (["trialSeconds": 600], TrialStep.lasting(seconds: 600)), (["trialSeconds": 1], .lasting(seconds: 1)),
            (["trialSeconds": 86_400], .lasting(seconds: 86_400)), (["trial": "confirm"], .confirm),
            (["trial": "revert"], .revert), (["trialSeconds": 0], nil), (["trialSeconds": 86_401], nil),
            (["trialSeconds": -5], nil), (["trial": "maybe"], nil), (["trial": "confirm", "trialSeconds": 5], nil),
        ] as [([String: JSONValue], TrialStep?)])
    func bothDoors(_ members: [String: JSONValue], _ expected: TrialStep?) async throws {
        let (api, control) = try await Self.api()
        let (status, _) = await api.answer(
            operation: "UpdateStreamProcessor", body: Self.change.jsonBytes, extras: members)
        #expect((status == 200) == (expected != nil))
        #expect(await control.lastChange?.trial == expected)

        let (other, heard) = try await Self.api()
        let answer = try JSONParser.parse(
            await other.setSettings(of: "door", json: JSONValue.object(members).jsonBytes))
        #expect(answer["ok"]?.bool == (expected != nil))
        #expect(await heard.lastChange?.trial == expected)
    }

    @Test("a trial's header on another operation is refused instead of ignored")
    func otherOperations() async throws {
        let (api, _) = try await Self.api()
        let (status, _) = await api.answer(
            operation: "StopStreamProcessor", body: JSONValue.object(["Name": "door"]).jsonBytes,
            extras: ["trial": "revert"])
        #expect(status == 400)
    }
}
