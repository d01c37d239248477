import Base
import Publish
import Testing

@Suite("A face search on the broker")
struct FaceSearchDiscoveryTests {
    private func topics() throws -> Topics {
        try Topics(prefix: "porchlight", deviceID: "box", homeAssistantPrefix: "homeassistant")
    }

    private func queue() throws -> PublishQueue {
        PublishQueue(topics: try topics(), bootID: "boot", register: TopicRegister(), isDiscoveryOn: true)
    }

    @Test("nobody is offered a slider or switches that mean nothing to it")
    func noLabels() throws {
        let discovery = HomeAssistantDiscovery(topics: try topics(), cameras: [door], processors: [faceProcessor()])
        let topicsTold = discovery.components.values.compactMap { $0["state_topic"]?.string }
        #expect(!discovery.platforms.values.contains("number"))
        for label in Label.allCases {
            #expect(!topicsTold.contains { $0.contains("/\(label.topic)") })
        }
        #expect(discovery.platforms.values.count { $0 == "switch" } == 1)
    }

    @Test("it has no labels that could be ON, and no topics of them")
    func noLabelTopics() throws {
        var queue = try queue()
        queue.processorChanged(faceProcessor())
        let topics = try topics()
        for label in Label.allCases {
            #expect(queue.retained.payload(of: topics.state(doorProcessor, label)) == nil)
            #expect(queue.retained.payload(of: topics.labelEnabled(doorProcessor, label)) == nil)
        }
        let settings = try #require(queue.retained.payload(of: topics.settings(doorProcessor)))
        #expect(JSONValue(parsing: settings)?["collectionId"]?.string == "family")
    }

    @Test("Home Assistant has a sensor for who was recognised last, and hears of people alone")
    func sensor() throws {
        let discovery = HomeAssistantDiscovery(topics: try topics(), cameras: [door], processors: [faceProcessor()])
        let sensor = try #require(
            discovery.components.values.first {
                $0["state_topic"]?.string == (try? topics().faceAttributes(doorProcessor))
            })
        #expect(sensor["p"] == "sensor" && sensor["expire_after"] != nil)
        let types = discovery.components.values.filter { $0["p"] == "event" }.compactMap { $0["event_types"] }
        #expect(types.contains(["person_arrived", "person_left", "visit_ended", "late"]))
        #expect(types.contains(["face_recognized"]))
    }

    private func state(_ queue: PublishQueue) throws -> String? {
        queue.retained.payload(of: try topics().face(doorProcessor)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func attributes(_ queue: PublishQueue) throws -> JSONValue? {
        queue.retained.payload(of: try topics().faceAttributes(doorProcessor)).flatMap(JSONValue.init(parsing:))
    }

    private func visit(_ phase: Event.Phase, _ id: String = "visit", name: String? = nil) -> Event {
        var event = PublishTests.visit(phase, id: id)
        event.face = FaceVerdict(
            name: name, similarity: 93, looksAgreed: 3, looksTaken: 4, doubt: name == nil ? .belowThreshold : nil)
        return event
    }

    @Test(
        "the state is empty while nobody is there, unknown while nobody has a name, and the name while they are there")
    func states() throws {
        var queue = try queue()
        queue.cameraChanged(door, CameraState(isOnline: true, health: [:]))
        queue.processorChanged(faceProcessor())
        #expect(try state(queue)?.isEmpty == true && attributes(queue)?["state"] == "nobody")
        queue.noteState(of: visit(.started))
        #expect(try state(queue) == "unknown" && attributes(queue)?["why"] == "below_threshold")
        queue.noteState(of: visit(.updated, name: "Anna"))
        #expect(try state(queue) == "Anna" && attributes(queue)?["looksAgreed"]?.int == 3)
        queue.noteState(of: visit(.started, "second"))
        #expect(try state(queue) == "Anna" && attributes(queue)?["count"]?.int == 2)
        queue.noteState(of: visit(.ended, name: "Anna"))
        #expect(try state(queue) == "unknown")
        queue.noteState(of: visit(.ended, "second"))
        #expect(try state(queue)?.isEmpty == true)
    }

    @Test("nobody is said to be there when the camera is away, the processor was stopped, or the program ends")
    func neverStale() throws {
        var queue = try queue()
        queue.cameraChanged(door, CameraState(isOnline: true, health: [:]))
        queue.processorChanged(faceProcessor())
        queue.noteState(of: visit(.started, name: "Anna"))
        queue.cameraChanged(door, CameraState(isOnline: false, health: [:]))
        #expect(try state(queue)?.isEmpty == true)
        queue.cameraChanged(door, CameraState(isOnline: true, health: [:]))
        #expect(try state(queue) == "Anna")
        queue.processorChanged(faceProcessor(status: .stopped))
        #expect(try state(queue)?.isEmpty == true)
        // One that was on its way when the processor was stopped.
        queue.noteState(of: visit(.updated, name: "Anna"))
        #expect(try state(queue)?.isEmpty == true)
        queue.processorChanged(faceProcessor())
        queue.noteState(of: visit(.started, name: "Anna"))
        queue.beginClosing(at: .now())
        #expect(try state(queue)?.isEmpty == true)
    }

    private func words(_ event: Event) -> JSONValue? {
        Payloads.event(recorded(1, event), EventNews(of: event))["face"]
    }

    @Test("an event says who it was, and why nobody was named")
    func event() throws {
        let named = words(visit(.updated, name: "Anna"))
        #expect(named?["name"] == "Anna" && named?["similarity"]?.double == 93 && named?["why"] == .null)
        let unknown = words(visit(.ended))
        #expect(unknown?["name"] == .null && unknown?["why"] == "below_threshold")
        #expect(words(PublishTests.visit()) == .null)
    }

    @Test("records are for whoever listens now: they do not wait for a broker that is away, and push out nothing")
    func records() throws {
        var queue = try queue()
        let faces = try #require(StreamName("faces"))
        for _ in 0..<10 { queue.post(record: Array("{}".utf8), to: faces) }
        #expect(queue.notices.losses == .init(records: 10))
    }
}
