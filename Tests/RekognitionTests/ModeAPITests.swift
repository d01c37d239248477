import Base
import Rekognition
import RekognitionTestSupport
import Testing

@Suite("The API of modes")
struct ModeAPITests {
    private static func refusal(_ work: () async throws(APIError) -> JSONValue) async -> JSONValue {
        do throws(APIError) { return try await work() } catch { return error.json }
    }

    @Test("What is kept comes back as it was sent, each thing that was left out stays out")
    func roundTrip() async throws {
        let api = ModeAPI(control: InMemoryModes())
        let processors: JSONValue = [
            "door": [
                "Labels": ["PERSON"], "MinConfidence": 72.5, "Running": true,
                "RegionsOfInterest": [["BoundingBox": ["Left": 0.0, "Top": 0.0, "Width": 0.5, "Height": 1.0]]],
            ],
            "yard": ["Running": false], "gate": ["RegionsOfInterest": []],
        ]
        _ = try await api.keep("night", ["Processors": processors])
        let list = await api.list()
        #expect(list["Mode"] == .null && list["Changed"] == [])
        let mode = try #require(list["Modes"]?.array?.first)
        #expect(mode["Name"] == "night" && mode["Problems"] == [])
        #expect(mode["Processors"]?["yard"] == ["Running": false])
        #expect(mode["Processors"]?["gate"] == ["RegionsOfInterest": []])
        #expect(mode["Processors"]?["door"]?["MinConfidence"] == 72.5)
        #expect(mode["Processors"]?["door"]?["Labels"] == ["PERSON"])
        #expect(mode["Processors"]?["door"]?["RegionsOfInterest"]?.array?.count == 1)
    }

    @Test(
        "A mode that says nothing, or not what it is, is refused with the place of the fault",
        arguments: [
            ("{}", "Processors, or FromCurrent"), (#"{"FromCurrent":false}"#, "Processors, or FromCurrent"),
            (#"{"FromCurrent":true,"Processors":{"door":{"Running":true}}}"#, "Processors, or FromCurrent"),
            (#"{"Processors":{"door":{}}}"#, "say something"), (#"{"Processors":{"a b":{"Running":true}}}"#, "name"),
            (#"{"Processors":{"door":{"MinConfidence":101}}}"#, "inConfidence"),
            (#"{"Processors":{"door":{"Running":"yes"}}}"#, "unning"), (#"{"Processors":[]}"#, "rocessors"),
            (#"{"Processors":{"door":{"Labels":[]}}}"#, "abels"),
        ])
    func refused(_ request: String, _ words: String) async throws {
        let modes = InMemoryModes()
        let json = try JSONParser.parse(Array(request.utf8))
        let error = await Self.refusal { () throws(APIError) in try await ModeAPI(control: modes).keep("night", json) }
        #expect(error["Message"]?.string?.contains(words) == true, "\(error)")
        #expect(await modes.kept.isEmpty)
    }

    @Test(
        "A switch needs the name of a mode that is there; null and 'none' are no mode",
        arguments: [.null, "None"] as [JSONValue])
    func switching(_ none: JSONValue) async throws {
        let modes = InMemoryModes()
        let api = ModeAPI(control: modes)
        _ = try await api.keep("night", ["FromCurrent": true])
        #expect(try await api.enter(["Mode": "night"]) == ["Mode": "night", "Changed": []])
        let absent = await Self.refusal { () throws(APIError) in try await api.enter(["Mode": "day"]) }
        #expect(absent["__type"] == "ResourceNotFoundException")
        for wrong: JSONValue in [[:], ["Mode": 7], ["Mode": "a b"]] {
            let error = await Self.refusal { () throws(APIError) in try await api.enter(wrong) }
            #expect(error["__type"] == "InvalidParameterException")
        }
        #expect(await modes.current == ModeName("night"))
        #expect(try await api.enter(["Mode": none]) == ["Mode": .null, "Changed": []])
    }

    @Test("No mode can be called what means no mode")
    func reserved() async throws {
        let api = ModeAPI(control: InMemoryModes())
        for name in ["none", "NONE", ".", "..", "", "a%20b"] {
            let error = await Self.refusal { () throws(APIError) in try await api.keep(name, ["FromCurrent": true]) }
            #expect(error["__type"] == "InvalidParameterException")
        }
        let absent = await Self.refusal { () throws(APIError) in try await api.delete("night") }
        #expect(absent["__type"] == "ResourceNotFoundException")
    }

    @Test("mode/set over MQTT is answered with the mode or the API's error")
    func commands() async throws {
        let api = ModeAPI(control: InMemoryModes())
        _ = try await api.keep("night", ["FromCurrent": true])
        #expect(try JSONParser.parse(await api.setMode("night")) == ["ok": true, "mode": "night"])
        #expect(try JSONParser.parse(await api.setMode("none")) == ["ok": true, "mode": .null])
        let absent = try JSONParser.parse(await api.setMode("day"))
        #expect(absent["ok"] == false && absent["error"]?["__type"] == "ResourceNotFoundException")
    }
}
