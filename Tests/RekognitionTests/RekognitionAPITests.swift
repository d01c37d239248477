import Base
import Foundation
import Rekognition
import RekognitionTestSupport
import TestSupport
import Testing

@Suite struct RekognitionAPITests {
    @Test(
        "Start without a stop selector runs until stopped; an empty one means AWS's 10 seconds",
        arguments: [
            ([:], nil), (["StopSelector": [:]], 10), (["StopSelector": ["MaxDurationInSeconds": 120]], 120),
        ] as [(JSONValue, Int?)])
    func stopSelector(_ members: JSONValue, _ seconds: Int?) async throws {
        let (api, control) = try await prepared()
        var request = members.object ?? [:]
        request["Name"] = "door"
        let (status, _) = await api.answer(operation: "StartStreamProcessor", body: JSONValue.object(request).jsonBytes)
        #expect(status == 200)
        let start = try #require(await control.lastStart)
        #expect(start.maxDurationInSeconds == seconds)
        #expect(start.echo == .object(request))
    }

    @Test("The camera is what stands between stream/ and the next slash", arguments: ["", "/", "/1700000000000"])
    func camera(_ tail: String) async throws {
        let (_, control) = try await prepared(tail: tail)
        #expect(await control.lastCreate?.cameraName == "front-door")
    }

    @Test("Times are seconds with a fraction, percentages carry no dust of 32-bit floats")
    func numbers() async throws {
        let (api, _) = try await prepared()
        _ = await api.answer(
            operation: "UpdateStreamProcessor",
            body: Array(#"{"Name":"door","SettingsForUpdate":{"ConnectedHomeForUpdate":{"MinConfidence":99.9}}}"#.utf8))
        let (_, body) = await api.answer(operation: "DescribeStreamProcessor", body: Array(#"{"Name":"door"}"#.utf8))
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains(#""CreationTimestamp":1700000000.123"#))
        #expect(text.contains(#""MinConfidence":99.9}"#))
    }

    @Test("Pages hold when a processor goes between two of them, and a changed token is refused")
    func pages() async throws {
        let control = InMemoryControl()
        let api = RekognitionAPI(control: control)
        for name in ["a", "b.c", "d", "e"] { try await create(name, api) }
        let first = try await list(api, ["MaxResults": 2])
        #expect(first.names == ["a", "b.c"])
        let token = try #require(first.token)
        try await control.delete(try #require(ProcessorName("b.c")))
        let second = try await list(api, ["MaxResults": 2, "NextToken": .string(token)])
        #expect(second.names == ["d", "e"])
        #expect(second.token == nil)
        for changed in [token + "x", String(token.dropLast()), "", "0" + token.dropFirst(1), "nonsense"]
        where changed != token {
            let body = JSONValue.object(["NextToken": .string(changed)]).jsonBytes
            let (status, answer) = await api.answer(operation: "ListStreamProcessors", body: body)
            #expect(status == 400)
            #expect(try JSONParser.parse(answer)["__type"] == "InvalidPaginationTokenException")
        }
    }

    @Test(
        "Operations that are not here say so by name",
        arguments: [
            ("DetectText", "operation of Amazon Rekognition"), ("MakeCoffee", "no operation"), ("", "no operation"),
        ])
    func unknown(_ operation: String, _ words: String) async throws {
        let (status, body) = await RekognitionAPI(control: InMemoryControl()).answer(operation: operation, body: [])
        let answer = try JSONParser.parse(body)
        #expect(status == 400)
        #expect(answer["__type"] == "UnknownOperationException")
        #expect(answer["Message"]?.string?.contains(words) == true)
    }

    @Test(
        "A body that is no JSON object is a SerializationException",
        arguments: [
            "{", "[]", "7", "{\"Name\":}", "{\"Name\":\"a\",\"Name\":\"b\"}", "\u{FEFF}{}", "nul", "{} {}",
        ])
    func notJSON(_ text: String) async throws {
        let api = RekognitionAPI(control: InMemoryControl())
        let (status, body) = await api.answer(operation: "DescribeStreamProcessor", body: Array(text.utf8))
        #expect(status == 400)
        #expect(try JSONParser.parse(body)["__type"] == "SerializationException")
    }

    @Test(
        "Setting and deleting the same thing at once is refused",
        arguments: [
            #"{"Name":"door","SettingsForUpdate":{"ConnectedHomeForUpdate":{"MinConfidence":1}},"ParametersToDelete":["ConnectedHomeMinConfidence"]}"#,
            #"{"Name":"door","RegionsOfInterestForUpdate":[{"BoundingBox":{"Left":0,"Top":0,"Width":1,"Height":1}}],"ParametersToDelete":["RegionsOfInterest"]}"#,
            #"{"Name":"door","ParametersToDelete":["Labels"]}"#,
        ])
    func contradiction(_ request: String) async throws {
        let (api, control) = try await prepared()
        let (status, body) = await api.answer(operation: "UpdateStreamProcessor", body: Array(request.utf8))
        #expect(status == 400)
        #expect(try JSONParser.parse(body)["__type"] == "InvalidParameterException")
        #expect(await control.lastChange == nil)
    }

    @Test("Terraform's provider deletes the regions and sends an empty list of them at once: they are deleted")
    func deletionWithEmptyList() async throws {
        let (api, control) = try await prepared()
        let request = #"{"Name":"door","RegionsOfInterestForUpdate":[],"ParametersToDelete":["RegionsOfInterest"]}"#
        let (status, _) = await api.answer(operation: "UpdateStreamProcessor", body: Array(request.utf8))
        #expect(status == 200)
        #expect(await control.lastChange == SettingsChange(deleteRegions: true))
    }

    @Test("Every file in Operations is an operation that the API has")
    func everyFileHasItsRow() async throws {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = package.appending(path: "Sources/Rekognition/Operations").path()
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        #expect(files.count == 29)
        let api = RekognitionAPI(control: InMemoryControl())
        for file in files {
            let (_, body) = await api.answer(operation: String(file.dropLast(6)), body: [])
            #expect(try JSONParser.parse(body)["__type"] != "UnknownOperationException", "\(file) has no row")
        }
    }

    @Test("settings/set takes an update without a name and answers with the revision or the error")
    func commands() async throws {
        let (api, _) = try await prepared()
        let good = await api.setSettings(
            of: "door",
            json: Array(#"{"requestId":"r1","SettingsForUpdate":{"ConnectedHomeForUpdate":{"Labels":["PET"]}}}"#.utf8))
        #expect(try JSONParser.parse(good) == ["ok": true, "revision": 2, "requestId": "r1"])
        let bad = try JSONParser.parse(
            await api.setSettings(of: "door", json: Array(#"{"ParametersToDelete":["x"],"Name":"other"}"#.utf8)))
        #expect(bad["ok"] == false)
        #expect(bad["error"]?["__type"] == "InvalidParameterException")
        let absent = try JSONParser.parse(await api.setSettings(of: "nobody", json: Array("{}".utf8)))
        #expect(absent["error"]?["__type"] == "ResourceNotFoundException")
        let broken = try JSONParser.parse(await api.setSettings(of: "door", json: Array("{\"".utf8)))
        #expect(broken["error"]?["__type"] == "SerializationException")
    }

    @Test("enabled/set starts and stops")
    func enabled() async throws {
        let (api, control) = try await prepared()
        let door = try #require(ProcessorName("door"))
        #expect(try JSONParser.parse(await api.setEnabled(of: "door", true)) == ["ok": true])
        #expect(try await control.describe(door).status == .running)
        let again = try JSONParser.parse(await api.setEnabled(of: "door", true))
        #expect(again["error"]?["__type"] == "ResourceInUseException")
        #expect(try JSONParser.parse(await api.setEnabled(of: "door", false)) == ["ok": true])
        #expect(try await control.describe(door).status == .stopped)
    }

    private func prepared(tail: String = "") async throws -> (RekognitionAPI, InMemoryControl) {
        let control = InMemoryControl()
        let api = RekognitionAPI(control: control)
        try await create("door", api, tail: tail)
        return (api, control)
    }

    private func create(_ name: String, _ api: RekognitionAPI, tail: String = "") async throws {
        let (status, body) = await api.answer(
            operation: "CreateStreamProcessor", body: createRequest(name, tail: tail).jsonBytes)
        try #require(status == 200, "\(String(decoding: body, as: UTF8.self))")
    }

    private func list(_ api: RekognitionAPI, _ request: JSONValue) async throws -> (names: [String], token: String?) {
        let (_, body) = await api.answer(operation: "ListStreamProcessors", body: request.jsonBytes)
        let answer = try JSONParser.parse(body)
        let names = answer["StreamProcessors"]?.array?.compactMap { $0["Name"]?.string }
        return (try #require(names), answer["NextToken"]?.string)
    }

    @Test("Seeded damage to a request ends in an answer, never in a trap", arguments: 0..<40)
    func damage(_ seed: UInt64) async {
        var random = SplitMix(seed: seed)
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
