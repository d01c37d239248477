import Base
import Porchlight
import Settings
import Testing

@Suite("The first minute: what setup makes of answers and of a config")
struct SetupTests {
    private func json(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

    @Test(
        "a broker is named as people name it",
        arguments: [
            ("broker.lan", "broker.lan", Int?.none), ("broker.lan:1884", "broker.lan", 1884),
            ("192.0.2.7", "192.0.2.7", nil), ("2001:db8::7", "2001:db8::7", nil),
            ("[2001:db8::7]", "2001:db8::7", nil), ("[2001:db8::7]:1883", "2001:db8::7", 1883),
        ])
    func brokers(text: String, host: String, port: Int?) throws {
        let place = try BrokerPlace(text)
        #expect(place.host == host && place.port == port)
    }

    @Test(
        "what is no broker is refused with the value and what to do",
        arguments: ["", ":1883", "broker:", "broker:0", "broker:65536", "broker:x", "mqtt://broker", "[::1", "[::1]x"])
    func noBroker(text: String) {
        let error = #expect(throws: BrokerPlace.Refusal.self) { try BrokerPlace(text) }
        #expect(error?.description.contains("'\(text)'") == true)
    }

    @Test("everything that is there already stays as it is")
    func keeps() throws {
        let before = try json(
            #"""
            {"deviceId": "porch-1", "log": {"level": "debug"},
             "mqtt": {"host": "old", "port": 1999, "username": "me", "topicPrefix": "house", "tls": {"caFile": "/a"}},
             "cameras": {"door": {"source": "v4l2:/dev/video0", "fps": 5}, "yard": {"source": "v4l2:/dev/video2"}}}
            """#)
        var changes = SetupChanges()
        changes.broker = try BrokerPlace("new.lan")
        changes.usesTLS = true
        (changes.source, changes.cameraName) = ("v4l2:/dev/video4", "door")
        let after = try changes.applied(to: before)
        let wanted = try json(
            #"""
            {"deviceId": "porch-1", "log": {"level": "debug"},
             "mqtt": {"host": "new.lan", "username": "me", "topicPrefix": "house", "tls": {"caFile": "/a"}},
             "cameras": {"door": {"source": "v4l2:/dev/video4", "fps": 5}, "yard": {"source": "v4l2:/dev/video2"}}}
            """#)
        #expect(after == wanted)
        #expect(try SetupChanges().applied(to: before) == before)
    }

    @Test("a camera without a name is the only one of the config, the one that is there already, or front-door")
    func names() throws {
        var changes = SetupChanges()
        changes.source = "v4l2:/dev/video1"
        #expect(
            try changes.applied(to: .object([:]))["cameras"]?["front-door"]?["source"]?.string == "v4l2:/dev/video1")
        let one = try json(#"{"cameras": {"yard": {"source": "v4l2:/dev/video0"}}}"#)
        #expect(try changes.applied(to: one)["cameras"]?["yard"]?["source"]?.string == "v4l2:/dev/video1")
        let two = try json(#"{"cameras": {"a": {"source": "v4l2:/dev/video0"}, "b": {"source": "v4l2:/dev/video1"}}}"#)
        #expect(try changes.applied(to: two) == two)
        changes.source = "v4l2:/dev/video3"
        let error = #expect(throws: SetupChanges.Refusal.self) { try changes.applied(to: two) }
        #expect(error?.description.contains("--name") == true && error?.description.contains("a, b") == true)
    }

    @Test("what the settings' rules refuse stays for them to refuse, whatever shape it has")
    func oddConfigs() throws {
        var changes = SetupChanges()
        changes.broker = try BrokerPlace("broker")
        changes.source = "v4l2:/dev/video0"
        for text in ["[]", "1", #"{"mqtt": 7, "cameras": []}"#, #"{"mqtt": "x", "cameras": {"a": 1}}"#] {
            let after = try changes.applied(to: try json(text))
            var problems: [SettingProblem] = []
            let settings = Settings(checking: after, defaultDeviceID: "box", &problems)
            #expect(settings == nil || text.contains(#""a": 1"#) && !problems.isEmpty, "\(text)")
        }
    }

    @Test("a device, a clip and a source are told apart")
    func sources() {
        #expect(SetupChanges.source(of: "/dev/video0") == "v4l2:/dev/video0")
        #expect(SetupChanges.source(of: "/srv/clip.mp4") == "file:/srv/clip.mp4")
        #expect(SetupChanges.source(of: "v4l2:/dev/video7") == "v4l2:/dev/video7")
    }

    @Test("the config is written for people, and reads back as the same")
    func indented() throws {
        let value = try json(#"{"b": {"c": [1, "x\n"], "d": {}}, "a": null, "e": []}"#)
        #expect(try json(value.indented) == value)
        #expect(value.indented.split(separator: "\n").count == 11)
    }
}
