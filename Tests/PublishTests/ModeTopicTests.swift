import Base
import Publish
import Testing

@Suite("Modes over MQTT")
struct ModeTopicTests {
    private static func topics() throws -> Topics {
        try Topics(prefix: "porchlight", deviceID: "box", homeAssistantPrefix: "homeassistant")
    }

    private static func decide(_ payload: String) throws -> CommandParser.Decision {
        var parser = CommandParser(topics: try topics())
        let message = IncomingMessage(
            topic: "porchlight/box/mode/set", payload: Array(payload.utf8), payloadBytes: payload.utf8.count,
            isRetained: false)
        return parser.decide(message, at: .now())
    }

    private static func order(_ payload: String) throws -> CommandParser.Order? {
        if case .accept(let order) = try decide(payload) { order } else { nil }
    }

    @Test(
        "a name alone is a command, as Home Assistant's select sends it; JSON may carry a requestId, and null for no mode"
    )
    func commands() throws {
        #expect(try Self.order("night")?.wish == .mode("night"))
        let asked = try Self.order(#"{"mode":"night","requestId":"7"}"#)
        #expect(asked?.wish == .mode("night") && asked?.requestID == "7")
        #expect(try Self.order(#"{"mode":null}"#)?.wish == .mode(nil))
        guard case .answer(.setMode, let refusal) = try Self.decide(#"{"mood":"night"}"#) else {
            Issue.record("a command without a mode is refused")
            return
        }
        #expect(refusal["ok"] == false)
        #expect(try Self.topics().result(of: .setMode) == "porchlight/box/mode/result")
    }

    @Test("the retained topic names the mode, what differs from it and all modes; Home Assistant gets a select")
    func states() throws {
        var queue = PublishQueue(
            topics: try Self.topics(), bootID: "boot", register: TopicRegister(), isDiscoveryOn: true)
        queue.begin()
        func told() -> JSONValue? {
            queue.retained.payload(of: "porchlight/box/mode").flatMap(JSONValue.init(parsing:))
        }
        func select() -> JSONValue? {
            queue.retained.payload(of: "homeassistant/device/box/config").flatMap(JSONValue.init(parsing:))?["cmps"]?[
                "box_mode"]
        }
        #expect(told() == ["mode": nil, "changed": [], "modes": []])
        #expect(select() == nil, "without modes there is nothing to select")
        let (home, night) = (try #require(ModeName("home")), try #require(ModeName("night")))
        queue.modesChanged(ModeState(current: night, changed: [doorProcessor], names: [home, night]))
        #expect(told() == ["mode": "night", "changed": ["front-door"], "modes": ["home", "night"]])
        #expect(select()?["options"] == ["home", "night"])
        #expect(select()?["command_topic"] == "porchlight/box/mode/set")
        queue.modesChanged(ModeState())
        #expect(select() == nil)
    }

    @Test("an event names the mode that was on, and has null when none was")
    func events() throws {
        let news = EventNews(isReplayed: false, isLate: false, happening: nil, isFirstName: false)
        #expect(Payloads.event(recorded(1), news)["mode"] == .null)
        var event = visit()
        event.mode = ModeName("night")
        #expect(Payloads.event(recorded(1, event), news)["mode"] == "night")
    }
}
