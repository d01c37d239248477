import Base
import Foundation
import Publish
import TestSupport
import Testing

@Suite struct TopicTests {
    @Test(
        "prefixes and ids that MQTT would misread are refused",
        arguments: ["", "a//b", "/a", "a/", "a+", "#", "$SYS", "a\u{0}"])
    func badPrefix(prefix: String) {
        #expect(throws: PublishError.self) { try Topics(prefix: prefix, deviceID: "box", homeAssistantPrefix: "ha") }
        #expect(throws: PublishError.self) { try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: prefix) }
        #expect(throws: PublishError.self) { try Topics(prefix: "p", deviceID: prefix, homeAssistantPrefix: "ha") }
    }

    @Test("a notification's topic cannot reach beyond its level")
    func notification() throws {
        let topics = try Topics(prefix: "home/p", deviceID: "box", homeAssistantPrefix: "ha")
        #expect(topics.notification("a/b+#\u{0}é") == "home/p/box/notifications/a_b___é")
        #expect(topics.notification("") == "home/p/box/notifications/_")
    }

    @Test("only command topics of possible processors are commands")
    func commands() throws {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        #expect(topics.command(in: "p/box/processor/a.b/settings/set") == .setSettings(processor: "a.b"))
        #expect(topics.command(in: "p/box/processor/a/enabled/set") == .setEnabled(processor: "a"))
        #expect(topics.command(in: "p/box/camera/front-door/background/set") == .setBackground(camera: door))
        for topic in [
            "p/box/processor/a b/settings/set", "p/box/processor//settings/set", "p/box/processor/a/settings",
            "p/box/processor/a/b/settings/set", "x", "",
        ] {
            #expect(topics.command(in: topic) == nil)
        }
    }
}

@Suite struct CommandParserTests {
    private func parser() throws -> CommandParser {
        CommandParser(topics: try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha"))
    }
    private func message(_ payload: [UInt8], retained: Bool = false, bytes: Int? = nil) -> IncomingMessage {
        IncomingMessage(
            topic: "p/box/processor/a/settings/set", payload: payload, payloadBytes: bytes ?? payload.count,
            isRetained: retained)
    }
    private let now = MonotonicTime(nanoseconds: 0)

    @Test("a flood is bounded: some are carried out, some are answered, the rest is dropped")
    func flood() throws {
        var parser = try parser()
        let decisions = (0..<10_000).map { _ in parser.decide(message(Array("{}".utf8)), at: now) }
        #expect(decisions.count { if case .accept = $0 { true } else { false } } == 20)
        #expect(decisions.count { if case .answer = $0 { true } else { false } } == 20)
        #expect(decisions.last == .drop)
        guard case .accept = parser.decide(message(Array("{}".utf8)), at: now + .seconds(1)) else {
            return #expect(Bool(false))
        }
    }

    @Test("no bytes crash the parser, and only JSON objects get through", arguments: 0..<300 as Range<UInt64>)
    func corruption(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var parser = try parser()
        var bytes = Array(
            #"{"requestId":"r","SettingsForUpdate":{"ConnectedHomeForUpdate":{"MinConfidence":55.5}}}"#.utf8)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        switch parser.decide(message(Array(bytes.prefix(Int.random(in: 1...bytes.count, using: &random)))), at: now) {
        case .accept(let order):
            guard case .settings(_, let json) = order.wish else { return #expect(Bool(false)) }
            #expect(JSONValue(parsing: json)?.object != nil)
        case .answer(let command, let answer):
            #expect(command == .setSettings(processor: "a") && answer["ok"] == false)
        case .ignore, .clearRetained, .drop: #expect(Bool(false))
        }
    }

    @Test("a retained command is cleared, an empty one ignored, a huge one refused")
    func special() throws {
        var parser = try parser()
        #expect(
            parser.decide(message([1], retained: true), at: now)
                == .clearRetained(topic: "p/box/processor/a/settings/set"))
        #expect(parser.decide(message([]), at: now) == .ignore)
        guard case .answer(_, let json) = parser.decide(message([1], bytes: 70_000), at: now) else {
            return #expect(Bool(false))
        }
        #expect(json["error"]?["__type"] == "InvalidParameterException")
    }
}

@Suite struct PayloadTests {
    @Test("an event's message says everything that the contract promises")
    func event() throws {
        let json = Payloads.event(recorded(3, visit(.ended, open: 0)), EventNews(of: visit(.ended)))
        let keys = [
            "event_type", "phase", "id", "seq", "bootId", "time", "monotonicMs", "timeQuality", "confidence",
            "boundingBox", "regionOverlap", "settingsRevision", "image", "replayed", "camera", "processor", "label",
            "since", "reason", "looks", "late", "happened", "named",
        ]
        for key in keys { #expect(json[key] != nil, "\(key)") }
        #expect(json["confidence"]?.double == 87.3)
        #expect(json["boundingBox"] == ["left": 0.1, "top": 0.2, "width": 0.3, "height": 0.5])
        #expect(json["reason"] == "gone")
        #expect(json["looks"] == ["seen": 3, "taken": 4])
        #expect(JSONValue(parsing: json.jsonBytes)?["seq"]?.int == 3)
    }

    @Test("numbers that JSON does not know become null")
    func notFinite() {
        let json: JSONValue = ["a": .number(.nan), "b": [.number(.infinity)]]
        #expect(json.jsonBytes == Array(#"{"a":null,"b":[null]}"#.utf8))
    }
}

@Suite struct HomeAssistantTests {
    @Test("Home Assistant's page of the device leads to the box's page, and nowhere when others cannot reach that")
    func page() throws {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        func device(_ page: String?) -> JSONValue? {
            HomeAssistantDiscovery(topics: topics, cameras: [], processors: [], page: page).payload()["dev"]
        }
        #expect(device("https://porch.local:8710/")?["cu"] == "https://porch.local:8710/")
        #expect(device(nil)?.object?.keys.contains("cu") == false)
    }

    /// The rules of Home Assistant's MQTT discovery page, for every component.
    @Test("Home Assistant takes every component")
    func rules() throws {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        let dotted = processor(ProcessorName("a.b").unsafelyKnown)
        let discovery = HomeAssistantDiscovery(
            topics: topics, cameras: [door],
            processors: [processor(), dotted, processor(ProcessorName("a_b").unsafelyKnown)])
        let json = discovery.payload()
        #expect(json["dev"]?["ids"]?.array?.isEmpty == false && json["o"]?["name"] != nil)
        #expect(json["availability_mode"] == "all" && json["cmps"]?.object?.isEmpty == false)
        let required: [String: [String]] = [
            "binary_sensor": ["state_topic"], "sensor": ["state_topic"], "event": ["state_topic", "event_types"],
            "image": ["image_topic"], "number": ["command_topic"], "switch": ["command_topic"],
            "button": ["command_topic", "payload_press"],
            "device_automation": ["automation_type", "topic", "type", "subtype"],
        ]
        var uniqueIDs: Set<String> = []
        for (id, component) in discovery.components {
            let platform = try #require(component["p"]?.string)
            for key in try #require(required[platform]) { #expect(component[key] != nil, "\(id) \(key)") }
            #expect(id.utf8.allSatisfy { $0.isNameCharacter })
            // A trigger is no entity.
            if platform == "device_automation" { continue }
            #expect(uniqueIDs.insert(try #require(component["unique_id"]?.string)).inserted)
            #expect(component["object_id"] == nil)
            #expect(component["default_entity_id"]?.string?.hasPrefix("\(platform).") ?? false)
            let category = component["entity_category"]?.string
            let isReadOnly = ["sensor", "binary_sensor", "event", "image"].contains(platform)
            #expect(category != (isReadOnly ? "config" : "diagnostic"), "\(id)")
            if !isReadOnly { #expect(category == "config", "\(id)") }
            let entityID = try #require(component["default_entity_id"]?.string)
            // Home Assistant's own rule, homeassistant/core.py, VALID_ENTITY_ID.
            let valid = #"^(?!.+__)(?!_)[\da-z_]+(?<!_)\.(?!_)[\da-z_]+(?<!_)$"#
            #expect(entityID.range(of: valid, options: .regularExpression) != nil, "\(entityID)")
            if component["state_class"] != nil { #expect(platform == "sensor" && component["options"] == nil, "\(id)") }
            if component["device_class"] == "enum" {
                #expect(component["unit_of_measurement"] == nil && component["options"]?.array?.isEmpty == false)
            }
        }
        #expect(discovery.platforms.values.contains("event"))
    }

    @Test("sensors of a camera need the box and the camera; a state that nobody repeats becomes unavailable")
    func availability() throws {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        let discovery = HomeAssistantDiscovery(
            topics: topics, cameras: [door], processors: [processor()], version: "9.8")
        let json = discovery.payload()
        #expect(json["availability"]?.array?.compactMap { $0["topic"]?.string } == ["p/box/status"])
        #expect(json["o"] == ["name": "porchlight", "sw": "9.8"] && json["dev"]?["sw"] == "9.8")
        for id in ["front-door_person", "front-door_event", "front-door_person_count"] {
            let topics = discovery.components[id]?["availability"]?.array?.compactMap { $0["topic"]?.string }
            #expect(
                topics == [
                    "p/box/status", "p/box/camera/front-door/status", "p/box/camera/front-door/view",
                ], "\(id)")
        }
        let expiry = try #require(discovery.components["front-door_person"]?["expire_after"]?.int)
        #expect(Duration.seconds(expiry) > PublishQueue.heartbeat * 2)
    }

    @Test("every part of the box and of a processor that people look for has its entity")
    func entities() throws {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        let discovery = HomeAssistantDiscovery(topics: topics, cameras: [door], processors: [processor()])
        let wanted = [
            "front-door_person": "binary_sensor", "front-door_person_image": "image",
            "front-door_person_count": "sensor",
            "front-door_person_enabled": "switch", "front-door_event": "event", "front-door_enabled": "switch",
            "front-door_min_confidence": "number", "front-door_camera": "binary_sensor",
            "front-door_problem": "binary_sensor",
            "box_problems": "binary_sensor", "box_temperatureC": "sensor",
            "box_cpuPercent": "sensor", "box_rssMb": "sensor", "box_inferenceMs": "sensor",
            "box_framesDropped": "sensor", "box_eventsDropped": "sensor", "box_eventsWaiting": "sensor",
            "box_lastRestart": "sensor", "box_bytesWrittenToday": "sensor",
        ]
        for (id, platform) in wanted { #expect(discovery.platforms[id] == platform, "\(id)") }
        let bare = HomeAssistantDiscovery(
            topics: topics, cameras: [door], processors: [processor()], hasPictures: false)
        #expect(!bare.platforms.values.contains("image"))
    }

    @Test("what changes all the time is switched off until somebody wants it, and is no attribute of anything")
    func figures() throws {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        let discovery = HomeAssistantDiscovery(topics: topics, cameras: [door], processors: [processor()])
        let health = [topics.health, topics.cameraHealth(door)].map(JSONValue.string)
        // The sensor of the box's problems takes nothing else of its health.
        for (id, component) in discovery.components where id != "box_problems" {
            #expect(component["json_attributes_topic"].map(health.contains) != true, "\(id)")
            guard component["state_topic"].map(health.contains) == true, id != "box_lastRestart" else { continue }
            #expect(component["enabled_by_default"] == false && component["entity_category"] == "diagnostic", "\(id)")
        }
        #expect(discovery.components["box_cpuPercent"]?["enabled_by_default"] == false)
    }

    @Test("an automation has a trigger for each thing that happens, and an event type that says so")
    func triggers() throws {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        let discovery = HomeAssistantDiscovery(
            topics: topics, cameras: [door], processors: [processor()], labels: [.person, .package])
        let types = discovery.components.values.filter { $0["p"] == "device_automation" }.compactMap {
            $0["type"]?.string
        }
        #expect(
            Set(types) == [
                "person_arrived", "person_left", "package_delivered", "package_found", "package_taken", "package_gone",
            ])
        let event = discovery.components["front-door_event"]?["event_types"]?.array?.compactMap(\.string) ?? []
        #expect(Set(types + ["late", "visit_ended"]).isSubset(of: event))
    }

    @Test("the confidence slider sends an UpdateStreamProcessor body")
    func slider() throws {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        let discovery = HomeAssistantDiscovery(topics: topics, cameras: [], processors: [processor()])
        let template = try #require(discovery.components["front-door_min_confidence"]?["command_template"]?.string)
        let body = JSONValue(parsing: Array(template.replacingOccurrences(of: "{{ value }}", with: "62.5").utf8))
        #expect(body?["SettingsForUpdate"]?["ConnectedHomeForUpdate"]?["MinConfidence"]?.double == 62.5)
    }
}

@Suite struct TopicRegisterTests {
    @Test("the register survives a restart, and a broken file is an empty register")
    func file() throws {
        let path = NSTemporaryDirectory() + "porchlight-register-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let register = TopicRegister(topics: ["a/b", "c"], components: ["x": "sensor"])
        let file = registerFile(path)
        try register.write(file)
        #expect(TopicRegister.reading(file).register == register)
        try Data("{\"topics\":[".utf8).write(to: URL(fileURLWithPath: path))
        #expect(TopicRegister.reading(file) == (TopicRegister(), true))
        try Data(##"{"topics":["ok","#","a/+"],"components":{}}"##.utf8).write(to: URL(fileURLWithPath: path))
        #expect(TopicRegister.reading(file).register.topics == ["ok"])
    }
}

@Suite struct EventLineTests {
    private func line(colored: Bool = false, hours: Int64 = 0) -> EventLine {
        EventLine(isColored: colored, pictures: "/srv", secondsAhead: { _ in hours * 3600 })
    }

    @Test("a line tells time, camera, label, phase, confidence, duration and where the picture lies")
    func plain() {
        let event: JSONValue = [
            "event_type": "person", "phase": "ended", "time": "2026-11-21T00:00:05.500Z",
            "since": "2026-11-20T23:58:00.000Z",
            "camera": "front-door", "processor": "front-door", "confidence": 87.3, "reason": "gone", "image": "a/b.jpg",
            "replayed": true,
        ]
        let text = "front-door    person    ended     █████████░ 87 %   2 min 6 s  (gone)  replayed  /srv/a/b.jpg"
        #expect(line().text(event) == "00:00:05  \(text)")
        #expect(line(hours: -8).text(event) == "16:00:05  \(text)", "the clock on the wall, not UTC")
        #expect(line(hours: 14).text(event) == "14:00:05  \(text)")
        #expect(line(colored: true).text(event).contains("\u{1b}[35m"))
    }

    @Test("an event from a stranger cannot drive the terminal")
    func hostile() {
        let text = EventLine(isColored: false).text(["event_type": "\u{1b}[2J", "confidence": 1e300, "reason": "\n"])
        #expect(!text.unicodeScalars.contains { $0.value < 32 })
        #expect(!EventLine(isColored: false).text(state: "a\r", [27, 91]).contains("\u{1b}"))
    }
}
