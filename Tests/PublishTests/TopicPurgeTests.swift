import Foundation
import Publish
import Settings
import Testing

@Suite("mqtt purge", .enabled(if: RealBroker.isInstalled), .timeLimit(.minutes(2)), .serialized)
struct TopicPurgeTests {
    private static func settings(_ broker: RealBroker) -> MQTTSettings {
        MQTTSettings(host: "127.0.0.1", port: broker.port)
    }

    private static func purge(
        _ broker: RealBroker, register: String = "/nonexistent", onlyLists: Bool = false
    ) async throws -> TopicPurge.Outcome {
        try await TopicPurge.run(
            settings(broker), deviceID: "box", registerFile: registerFile(register), onlyLists: onlyLists,
            within: .seconds(20),
            logger: quiet)
    }

    @Test("everything that the box has retained goes, its Home Assistant device too, and nobody else's")
    func clears() async throws {
        let broker = try RealBroker()
        let mine = [
            "homeassistant/device/box/config", "porchlight/box/processor/gone/person", "porchlight/box/status",
        ]
        for topic in mine { try broker.publish(topic, "offline", retained: true) }
        let others = ["homeassistant/device/other/config", "porchlight/boxes/status", "weather"]
        for topic in others { try broker.publish(topic, "1", retained: true) }
        #expect(try await Self.purge(broker, onlyLists: true) == .init(topics: mine, isCleared: false))
        #expect(try await Self.purge(broker) == .init(topics: mine, isCleared: true))
        #expect(try await Self.purge(broker).topics.isEmpty)
        let late = try Listener(broker, "#")
        #expect(await eventually { late.all.count >= others.count })
        try await Task.sleep(for: .milliseconds(300))
        #expect(Set(late.all.map(\.topic)) == Set(others))
    }

    @Test("topics that only the register remembers, under a prefix of before, go as well, and it is empty then")
    func register() async throws {
        let broker = try RealBroker()
        let file = FileManager.default.temporaryDirectory.appending(path: "register-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        try TopicRegister(topics: ["old/box/status"], components: ["a": "sensor"]).write(registerFile(file))
        try broker.publish("old/box/status", "offline", retained: true)
        #expect(try await Self.purge(broker, register: file).topics == ["old/box/status"])
        #expect(TopicRegister.reading(registerFile(file)).register == TopicRegister())
        let late = try Listener(broker, "old/#")
        try await Task.sleep(for: .milliseconds(500))
        #expect(late.all.isEmpty)
    }

    @Test("a box that is online is left alone, and the refusal says what to do")
    func running() async throws {
        let broker = try RealBroker()
        try broker.publish("porchlight/box/status", "online", retained: true)
        await #expect(throws: TopicPurge.Refusal.running(deviceID: "box")) { _ = try await Self.purge(broker) }
        let late = try Listener(broker, "porchlight/box/status")
        #expect(await eventually { late.last("porchlight/box/status") == "online" })
    }

    @Test("a broker that is not there is named")
    func nobody() async throws {
        let settings = MQTTSettings(host: "127.0.0.1", port: RealBroker.freePort())
        do {
            _ = try await TopicPurge.run(
                settings, deviceID: "box", registerFile: registerFile("/nonexistent"), onlyLists: false,
                within: .seconds(2),
                logger: quiet)
            Issue.record("cleared something on no broker")
        } catch {
            #expect("\(error)".contains("127.0.0.1:\(settings.port)"))
        }
    }
}
