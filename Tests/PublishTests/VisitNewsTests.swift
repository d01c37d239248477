import Base
import Publish
import Settings
import Testing

/// A clock that only tests turn.
private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

/// What somebody who waits for events is told, and of what nobody is told twice.
@Suite struct VisitNewsTests {
    private static let root = "p/box/processor/front-door/event"

    private func liveQueue(at now: MonotonicTime = at(0)) throws -> PublishQueue {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        var queue = PublishQueue(topics: topics, bootID: "boot", register: TopicRegister(), isDiscoveryOn: false)
        queue.begin()
        queue.connected(at: now)
        _ = told(&queue, at: now)
        return queue
    }

    /// The events that go out now; the broker acknowledges everything.
    private func told(_ queue: inout PublishQueue, at now: MonotonicTime) -> [JSONValue] {
        var events: [JSONValue] = []
        queue.retained.registerWritten()
        while let publication = queue.next(at: now) {
            if publication.topic == Self.root, let event = JSONValue(parsing: publication.payload) {
                events.append(event)
            }
            queue.acknowledged(publication.token, refusal: nil, at: now)
            queue.retained.registerWritten()
        }
        return events
    }

    private func words(
        _ events: [Event], boot: String = "boot", sentAt now: MonotonicTime = at(1000)
    ) throws -> [JSONValue] {
        var queue = try liveQueue()
        let entries = events.enumerated().map { entry(Int64($0.offset + 1), boot: boot, $0.element) }
        queue.offer(entries, for: try #require(queue.fetchTicket()))
        return told(&queue, at: now)
    }

    private func ended(_ label: Label, _ reason: Event.EndReason) -> Event {
        var event = visit(.ended, label, open: 0, at: at(900))
        event.reason = reason
        return event
    }

    @Test(
        "a visit is one arrival and one departure; a better picture in between is neither",
        arguments: [
            (Label.person, ["person_arrived", "person_left"]), (.pet, ["pet_arrived", "pet_left"]),
            (.package, ["package_delivered", "package_gone"]),
        ])
    func oncePerVisit(_ label: Label, _ expected: [String]) throws {
        let phases: [Event.Phase] = [.started, .updated, .updated, .ended]
        let told = try words(phases.map { visit($0, label, at: at(900)) })
        #expect(told.map { $0["happened"]?.string } == [expected[0], nil, nil, expected[1]])
        #expect(told.allSatisfy { $0["late"] == false && $0["event_type"]?.string == label.topic })
    }

    @Test("a package that somebody took is not merely gone, and a camera that was lost sees nobody leave")
    func endings() throws {
        let told = try words([
            ended(.package, .taken), ended(.package, .cameraLost), ended(.person, .cameraLost), ended(.pet, .stopped),
            ended(.person, .background), ended(.person, .clipEnded),
        ])
        #expect(
            told.map { $0["happened"]?.string }
                == ["package_taken", "visit_ended", "visit_ended", "visit_ended", "visit_ended", "person_left"])
    }

    @Test("a package that lay there when its processor began to look was not delivered just now")
    func packageFound() throws {
        var queue = try liveQueue()
        queue.processorChanged(processor(labels: [.package]), at: at(100_000))
        func words(_ number: Int64, at time: MonotonicTime, nearby: Bool) throws -> String? {
            var event = visit(.started, .package, id: "\(number)", at: time)
            event.personNearby = nearby
            queue.outboxGrew()
            queue.offer([entry(number, event)], for: try #require(queue.fetchTicket()))
            return told(&queue, at: time).last?["happened"]?.string
        }
        #expect(try words(1, at: at(105_000), nearby: false) == "package_found")
        #expect(try words(2, at: at(105_000), nearby: true) == "package_delivered", "somebody brings it")
        #expect(try words(3, at: at(200_000), nearby: false) == "package_delivered")
        queue.processorChanged(processor(labels: [.package], status: .starting), at: at(300_000))
        queue.processorChanged(processor(labels: [.package]), at: at(400_000))
        #expect(try words(4, at: at(401_000), nearby: false) == "package_found", "the camera was away")
    }

    @Test("what happened half a minute ago, or before a restart, is late: no phone rings as if it were now")
    func late() throws {
        let event = visit(at: at(900))
        #expect(try words([event], sentAt: at(30_900)).first?["late"] == false)
        #expect(try words([event], sentAt: at(30_901)).first?["late"] == true)
        #expect(try words([event], boot: "earlier").first?["late"] == true)
    }

    @Test("who comes in the seconds without a broker is told as now, once: what was acknowledged before is late")
    func reconnect() throws {
        var queue = try liveQueue()
        let (first, second) = (entry(1, visit(id: "a", at: at(900))), entry(2, visit(id: "b", at: at(3000))))
        queue.offer([first], for: try #require(queue.fetchTicket()))
        #expect(told(&queue, at: at(1000)).map { $0["late"]?.bool } == [false])
        queue.disconnected()
        queue.connected(at: at(5000))
        _ = told(&queue, at: at(5000))
        queue.offer([first, second], for: try #require(queue.fetchTicket()))
        let again = told(&queue, at: at(5000))
        #expect(again.map { $0["late"]?.bool } == [true, false])
        #expect(again.map { $0["replayed"]?.bool } == [true, true])
    }

    @Test("a name is news once a visit, also when the message has to be sent again")
    func names() throws {
        func seen(_ phase: Event.Phase, _ name: String?, _ time: Int64, id: String = "visit") -> Event {
            var event = visit(phase, id: id, at: at(time))
            event.face = FaceVerdict(name: name, similarity: 93, looksAgreed: 3, looksTaken: 4, doubt: nil)
            return event
        }
        let events = [
            seen(.started, nil, 10), seen(.updated, "Anna", 20), seen(.updated, "Anna", 30), seen(.ended, "Anna", 40),
            seen(.started, "Ben", 50, id: "other"),
        ]
        let entries = events.enumerated().map { entry(Int64($0.offset + 1), $0.element) }
        var queue = try liveQueue()
        for _ in 0..<2 {
            queue.offer(entries, for: try #require(queue.fetchTicket()))
            #expect(told(&queue, at: at(100)).map { $0["named"]?.bool } == [false, true, false, false, true])
            queue.disconnected()
            queue.connected(at: at(200))
            _ = told(&queue, at: at(200))
        }
    }

    @Test("ten minutes of a quiet camera change nothing that Home Assistant's recorder keeps")
    func quietCamera() throws {
        var queue = try liveQueue()
        let topic = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha").cameraAttributes(door)
        var kept: Set<[UInt8]> = []
        func health(_ second: Int64, reason: String = "", boxes: Int = 1) -> JSONValue {
            let box: JSONValue = ["label": "PERSON", "left": .number(0.1 + Double(second) / 1e5)]
            return [
                "reason": .string(reason), "fpsIn": .number(Double(second % 7)), "framesLost": .integer(second),
                "background": .array(Array(repeating: box, count: boxes)),
            ]
        }
        func show(_ second: Int64, _ health: JSONValue) throws -> JSONValue? {
            queue.cameraChanged(door, CameraState(isOnline: true, health: health), at: at(second * 1000))
            let payload = try #require(queue.retained.payload(of: topic))
            kept.insert(payload)
            return JSONValue(parsing: payload)
        }
        for second in stride(from: Int64(0), to: 600, by: 5) { _ = try show(second, health(second)) }
        #expect(kept.count == 1)
        #expect(try show(605, health(605, reason: "frozen"))?["reason"] == "frozen", "what matters is told at once")
        #expect(try show(610, health(610, reason: "frozen", boxes: 2))?["background"]?.array?.count == 2)
        #expect(kept.count == 3)
    }
}
