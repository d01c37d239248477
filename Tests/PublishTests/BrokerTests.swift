import Base
import Foundation
import Publish
import Settings
import Testing

/// Against a real mosquitto, heard by a client that is not ours. Skipped where mosquitto is not installed.
@Suite("with a real broker", .enabled(if: RealBroker.isInstalled), .timeLimit(.minutes(3)), .serialized)
struct BrokerTests {
    let outbox = MemoryOutbox()
    let commands = MemoryCommands()
    static let root = "porchlight/box"

    func publisher(_ settings: MQTTSettings, register: String? = nil, id: String = "box") throws -> Publisher {
        let publisher = try Publisher(
            settings: settings, deviceID: id, bootID: "boot", outbox: outbox, commands: commands,
            pace: .quick, registerFile: register.map(registerFile), logger: quiet)
        publisher.cameraChanged(door, CameraState(isOnline: true, health: ["reason": "fine"]))
        publisher.processorChanged(processor())
        return publisher
    }

    func settings(_ broker: RealBroker) -> MQTTSettings { MQTTSettings(host: "127.0.0.1", port: broker.port) }

    @Test("a subscriber that comes late sees the truth")
    func lateSubscriber() async throws {
        let broker = try RealBroker()
        let publisher = try publisher(settings(broker))
        try publisher.start()
        publisher.tell(recorded(1), picture: [0xff, 0xd8, 0xff])
        #expect(await eventually { publisher.linkStatus.isConnected })
        try await Task.sleep(for: .milliseconds(300))
        let late = try Listener(broker, "\(Self.root)/#")
        #expect(await eventually { late.last("\(Self.root)/processor/front-door/person/image") != nil })
        #expect(late.last("\(Self.root)/status") == "online")
        #expect(late.last("\(Self.root)/camera/front-door/status") == "online")
        #expect(late.last("\(Self.root)/processor/front-door/status") == "RUNNING")
        #expect(late.last("\(Self.root)/processor/front-door/enabled") == "ON")
        #expect(late.last("\(Self.root)/processor/front-door/person") == "ON")
        #expect(late.last("\(Self.root)/processor/front-door/pet") == "OFF")
        #expect(late.all.allSatisfy { $0.isRetained })
        await publisher.stop()
    }

    @Test("labels are OFF before the box says online")
    func statesBeforeOnline() async throws {
        let broker = try RealBroker()
        try broker.publish("\(Self.root)/processor/front-door/person", "ON", retained: true)
        let listener = try Listener(broker, "\(Self.root)/#")
        #expect(await eventually { listener.last("\(Self.root)/processor/front-door/person") == "ON" })
        let publisher = try publisher(settings(broker))
        try publisher.start()
        #expect(await eventually { listener.last("\(Self.root)/status") == "online" })
        let topics = listener.all.map(\.topic)
        let online = topics.firstIndex(of: "\(Self.root)/status") ?? 0
        for label in ["person", "pet", "package"] {
            let state = listener.all.firstIndex { $0.topic.hasSuffix("front-door/\(label)") && $0.text == "OFF" }
            #expect((state ?? .max) < online)
        }
        await publisher.stop()
    }

    @Test("stop leaves OFF, STOPPED and offline behind")
    func stop() async throws {
        let broker = try RealBroker()
        let publisher = try publisher(settings(broker))
        try publisher.start()
        publisher.tell(recorded(1), picture: nil)
        let listener = try Listener(broker, "\(Self.root)/#")
        #expect(await eventually { listener.last("\(Self.root)/processor/front-door/person") == "ON" })
        outbox.record(recorded(1, visit(.ended, open: 0)))
        publisher.outboxGrew()
        await publisher.stop()
        #expect(await eventually { listener.last("\(Self.root)/status") == "offline" })
        #expect(listener.last("\(Self.root)/processor/front-door/person") == "OFF")
        #expect(listener.last("\(Self.root)/processor/front-door/status") == "STOPPED")
        #expect(listener.last("\(Self.root)/camera/front-door/status") == "offline")
        // The broker has 600 ms for the last events; what it has not taken by then waits for the next start.
        if outbox.sent == [1] {
            #expect(listener.all.contains { $0.topic.hasSuffix("/event") && $0.text.contains("ended") })
        } else {
            #expect(outbox.waiting == 1)
        }
    }

    @Test("a broker that is away at the start is found when it comes, and hears what waited, in order")
    func brokerAwayAtStart() async throws {
        let broker = try RealBroker()
        broker.kill(SIGTERM)
        let publisher = try publisher(settings(broker))
        for sequence in 1...30 { outbox.record(recorded(Int64(sequence))) }
        try publisher.start()
        #expect(await eventually { publisher.linkStatus.lastError?.contains("refused") ?? false })
        try broker.start()
        #expect(await eventually { outbox.sent.count == 30 })
        #expect(outbox.sent == Array(1...30))
        #expect(await eventually { publisher.linkStatus.lastError == nil })
        await publisher.stop()
    }

    @Test("every event arrives, in order, however often the broker is restarted")
    func restarts() async throws {
        let broker = try RealBroker()
        let listener = try Listener(broker, "\(Self.root)/processor/+/event", session: "observer")
        let publisher = try publisher(settings(broker))
        try publisher.start()
        #expect(
            await eventually { publisher.linkStatus.isConnected && broker.log.contains("Sending SUBACK to observer") })
        var random = SystemRandomNumberGenerator()
        for sequence in 1...300 {
            outbox.record(recorded(Int64(sequence), visit(id: "v\(sequence)")))
            publisher.outboxGrew()
            try await Task.sleep(for: .milliseconds(5))
            if sequence % 75 == 0 {
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...30, using: &random)))
                broker.kill(SIGTERM)  // saves what it has acknowledged for the listener's session
                try broker.start()
            }
        }
        #expect(await eventually(within: 40) { outbox.waiting == 0 && Self.sequences(listener).contains(300) })
        let sequences = Self.sequences(listener)
        #expect(Set(sequences) == Set(1...300))
        var firsts: [Int64] = []
        for sequence in sequences where !firsts.contains(sequence) { firsts.append(sequence) }
        #expect(firsts == Array(1...300))
        await publisher.stop()
    }

    static func sequences(_ listener: Listener) -> [Int64] {
        listener.all.compactMap { JSONValue(parsing: $0.payload)?["seq"]?.int.map(Int64.init) }
    }

    @Test("a broker that forgot everything is whole again within seconds")
    func amnesia() async throws {
        let broker = try RealBroker()
        let publisher = try publisher(settings(broker))
        try publisher.start()
        publisher.tell(recorded(1), picture: nil)
        #expect(await eventually { publisher.linkStatus.isConnected })
        for _ in 1...3 {
            broker.kill(SIGKILL)
            try? FileManager.default.removeItem(atPath: broker.folder + "/mosquitto.db")
            try broker.start()
            let late = try Listener(broker, "#")
            #expect(await eventually(within: 5) { late.last("\(Self.root)/status") == "online" })
            #expect(late.last("\(Self.root)/processor/front-door/person") == "ON")
            #expect(late.last("homeassistant/device/box/config") != nil)
            late.stop()
        }
        await publisher.stop()
    }

    @Test("a wrong password is told in the broker's words, and the right one heals it without a restart")
    func wrongPassword() async throws {
        let folder = NSTemporaryDirectory() + "porchlight-password-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Child("/usr/bin/mosquitto_passwd", ["-b", "-c", folder + "/users", "porch", "right"]).waitForEnd()
        let broker = try RealBroker(extra: ["password_file \(folder)/users"], allowsAnonymous: false)
        try "wrong\n".write(toFile: folder + "/password", atomically: true, encoding: .utf8)
        var settings = settings(broker)
        settings.username = "porch"
        settings.passwordFile = folder + "/password"
        let publisher = try publisher(settings)
        try publisher.start()
        #expect(
            await eventually { publisher.linkStatus.lastError?.localizedCaseInsensitiveContains("authori") ?? false })
        try "right\n".write(toFile: folder + "/password", atomically: true, encoding: .utf8)
        #expect(await eventually { publisher.linkStatus.isConnected })
        await publisher.stop()
    }

    @Test("a retained command is not obeyed, and is cleared; a fresh one is obeyed and answered")
    func commandsFromOutside() async throws {
        let broker = try RealBroker()
        let set = "\(Self.root)/processor/front-door/settings/set"
        try broker.publish(set, #"{"requestId":"old"}"#, retained: true)
        let listener = try Listener(broker, "\(Self.root)/#")
        #expect(await eventually { listener.last(set) != nil })
        let publisher = try publisher(settings(broker))
        try publisher.start()
        #expect(await eventually { publisher.counters.retainedCommandsIgnored == 1 })
        #expect(await eventually { listener.last(set)?.isEmpty ?? false })
        #expect(commands.all.isEmpty)
        try broker.publish(set, #"{"requestId":"r1","ParametersToDelete":["RegionsOfInterest"]}"#)
        let result = "\(Self.root)/processor/front-door/settings/result"
        #expect(await eventually { listener.last(result)?.contains(#""requestId":"r1""#) ?? false })
        #expect(commands.all == [#"front-door {"ParametersToDelete":["RegionsOfInterest"]}"#])
        try broker.publish("\(Self.root)/processor/front-door/enabled/set", "OFF")
        #expect(await eventually { commands.all.contains("front-door false") })
        await publisher.stop()
    }

    @Test("garbage and a megabyte on the command topic do no harm and are answered")
    func garbage() async throws {
        let broker = try RealBroker()
        let set = "\(Self.root)/processor/front-door/settings/set"
        let publisher = try publisher(settings(broker))
        let listener = try Listener(broker, "\(Self.root)/processor/+/settings/result")
        try publisher.start()
        #expect(await eventually { publisher.linkStatus.isConnected })
        try broker.tool("mosquitto_pub", ["-q", "1", "-t", set], input: Data(repeating: 0x7b, count: 1 << 20))
        #expect(await eventually { listener.all.contains { $0.text.contains("1048576 bytes") } })
        let deep = Data(String(repeating: "[", count: 60_000).utf8)
        try broker.tool("mosquitto_pub", ["-q", "1", "-t", set], input: deep)
        try broker.tool("mosquitto_pub", ["-q", "1", "-t", set], input: Data((0...255).map { UInt8($0) }))
        #expect(await eventually { listener.all.count { $0.text.contains("SerializationException") } == 2 })
        #expect(commands.all.isEmpty)
        #expect(publisher.linkStatus.isConnected)
        await publisher.stop()
    }

    @Test("what an earlier set-up left on the broker is cleared after a restart")
    func leftovers() async throws {
        let broker = try RealBroker()
        let register = broker.folder + "/register.json"
        let first = try publisher(settings(broker), register: register)
        first.processorChanged(processor(ProcessorName("garden").unsafelyKnown))
        try first.start()
        let listener = try Listener(broker, "#")
        let garden = "\(Self.root)/processor/garden/person"
        #expect(await eventually { listener.last(garden) == "OFF" && listener.last("\(Self.root)/status") == "online" })
        await first.stop()
        let second = try publisher(settings(broker), register: register)
        try second.start()
        #expect(await eventually { listener.last(garden)?.isEmpty ?? false })
        #expect(await eventually { listener.last("homeassistant/device/box/config")?.contains("garden") == false })
        #expect(listener.all.contains { $0.text.contains(#""garden_person":{"p":"binary_sensor"}"#) })
        await second.stop()
    }

    @Test("Home Assistant's birth brings everything but pictures again, after a moment of its own")
    func birth() async throws {
        let broker = try RealBroker()
        let publisher = try publisher(settings(broker))
        let listener = try Listener(broker, "#")
        publisher.tell(recorded(1), picture: [0xff, 0xd8, 0xff])
        try publisher.start()
        let image = "\(Self.root)/processor/front-door/person/image"
        #expect(await eventually { listener.last("\(Self.root)/status") == "online" && listener.last(image) != nil })
        let before = listener.all
        let own = [image, "\(Self.root)/check"]
        let retained = Set(before.filter { !$0.payload.isEmpty }.map(\.topic)).subtracting(own)
        #expect(retained.count > 15)
        let began = ContinuousClock.now
        try broker.publish("homeassistant/status", "online")
        #expect(
            await eventually {
                let again = Set(listener.all.dropFirst(before.count).map(\.topic))
                return retained.isSubset(of: again)
            })
        #expect(ContinuousClock.now - began > .milliseconds(200), "many boxes do not answer together")
        #expect(!listener.all.dropFirst(before.count).map(\.topic).contains(image), "the broker has it")
        await publisher.stop()
    }

    @Test("an answer says whose question it answers, also when there were too many")
    func throttledAnswer() async throws {
        let broker = try RealBroker()
        let publisher = try publisher(settings(broker))
        let listener = try Listener(broker, "\(Self.root)/processor/+/settings/result")
        try publisher.start()
        #expect(await eventually { publisher.linkStatus.isConnected })
        let set = "\(Self.root)/processor/front-door/settings/set"
        try broker.tool("mosquitto_pub", ["-q", "1", "-t", set, "--repeat", "30", "-m", #"{"requestId":"r1"}"#])
        #expect(await eventually { listener.all.count == 30 })
        let answers = listener.all.compactMap { JSONValue(parsing: $0.payload) }
        #expect(answers.allSatisfy { $0["requestId"] == "r1" })
        #expect(answers.contains { $0["error"]?["__type"] == "ThrottlingException" })
        await publisher.stop()
    }

    @Test("watch sees what the box says, and says when the broker is away")
    func watch() async throws {
        let broker = try RealBroker()
        let watcher = try EventWatcher(settings: settings(broker), deviceID: "box", logger: quiet)
        try watcher.start()
        #expect(await eventually { broker.log.contains("Sending SUBACK to porchlight-watch") })
        let publisher = try publisher(settings(broker))
        try publisher.start()
        outbox.record(recorded(1))
        publisher.outboxGrew()
        for await sighting in watcher.sightings {
            guard case .event(_, let event) = sighting else { continue }
            #expect(event["id"] == "visit")
            broker.kill(SIGKILL)
            break
        }
        for await sighting in watcher.sightings { if case .away = sighting { break } }
        watcher.stop()
        await publisher.stop()
    }

    @Test("a client that dies is told offline by its will")
    func will() async throws {
        let broker = try RealBroker()
        let listener = try Listener(broker, "\(Self.root)/status")
        let traffic = SilentTraffic()
        let link = try MQTTLink()
        let will = (topic: "\(Self.root)/status", payload: Payloads.offline)
        try link.start(LinkSettings(broker: settings(broker), clientID: "box", will: will), traffic, quiet)
        #expect(await eventually { link.currentStatus.isConnected })
        // A second client of the same name: the broker cuts the first one off, as a dead wire would.
        try broker.tool("mosquitto_pub", ["-i", "box", "-t", "x", "-m", "y"])
        #expect(await eventually { listener.last("\(Self.root)/status") == "offline" })
        #expect(await eventually { link.currentStatus.lastError != nil })
        #expect(!link.currentStatus.isConnected)
        traffic.end()
        link.wake()
        await link.waitForEnd()
    }
}
