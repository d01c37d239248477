import Base
import Publish
import Settings
import TestSupport
import Testing

/// A clock that only tests turn.
private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

private func makeQueue(
    _ register: TopicRegister = TopicRegister(), discovery: Bool = true, pictures: PictureSettings = .init()
) throws -> PublishQueue {
    let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
    return PublishQueue(
        topics: topics, bootID: "boot", register: register, isDiscoveryOn: discovery, pictures: pictures)
}

extension PublishQueue {
    /// Everything that goes out now, acknowledged at once unless `isLosing`.
    fileprivate mutating func drain(at now: MonotonicTime, acknowledging: Bool = true) -> [Publication] {
        var sent: [Publication] = []
        retained.registerWritten()
        while let publication = next(at: now) {
            sent.append(publication)
            if acknowledging { acknowledged(publication.token, refusal: nil, at: now) }
            retained.registerWritten()
        }
        return sent
    }
}

@Suite struct PublishQueueTests {
    @Test("on connect: states, then discovery, then online, then pictures, then events")
    func order() throws {
        var queue = try makeQueue()
        queue.cameraChanged(door, CameraState(isOnline: true, health: [:]))
        queue.processorChanged(processor())
        queue.publishImage(doorProcessor, .person, [1], at: at(0))
        queue.begin()
        queue.connected(at: at(10))
        let greeting = queue.drain(at: at(10)).map(\.topic)
        #expect(queue.phase == .live)
        let ticket = try #require(queue.fetchTicket())
        queue.offer([entry(1)], for: ticket)
        let all = greeting + queue.drain(at: at(10)).map(\.topic)
        #expect(
            all.suffix(5) == [
                "ha/device/box/config", "p/box/status", "p/box/processor/front-door/person/image", "p/box/pictures",
                "p/box/processor/front-door/event",
            ])
        #expect(all.dropLast(5).contains("p/box/processor/front-door/package"))
    }

    @Test("who is forgotten leaves no picture on the broker, written by this start of the program or an earlier one")
    func erasedPictures() throws {
        var queue = try makeQueue()
        queue.processorChanged(processor())
        queue.publishImage(doorProcessor, .person, [1], at: at(0))
        queue.erasePictures(of: [doorProcessor])
        queue.begin()
        queue.connected(at: at(10))
        let pictures = queue.drain(at: at(10)).filter { $0.topic.hasSuffix("/image") }
        #expect(pictures.count == Label.allCases.count && pictures.allSatisfy { $0.payload.isEmpty && $0.isRetained })
        queue.publishImage(doorProcessor, .person, [2], at: at(5000))
        #expect(queue.drain(at: at(5000)).first?.payload == [2])
    }

    @Test("nothing is sent before the register of its topic is on disk")
    func writeAhead() throws {
        var queue = try makeQueue()
        queue.begin()
        queue.connected(at: at(0))
        #expect(queue.retained.isRegisterDirty)
        #expect(queue.next(at: at(0)) == nil)
        queue.retained.registerWritten()
        #expect(queue.next(at: at(0)) != nil)
    }

    @Test("a lost camera turns its labels OFF, and a late event does not turn them ON")
    func cameraLost() throws {
        var queue = try makeQueue()
        queue.cameraChanged(door, CameraState(isOnline: true, health: [:]))
        queue.processorChanged(processor())
        queue.noteState(of: visit())
        let topic = queue.topics.state(doorProcessor, .person)
        #expect(queue.retained.payload(of: topic) == Payloads.onOff(true))
        queue.cameraChanged(door, CameraState(isOnline: false, health: ["reason": "unplugged"]))
        #expect(queue.retained.payload(of: topic) == Payloads.onOff(false))
        queue.noteState(of: visit())
        #expect(queue.retained.payload(of: topic) == Payloads.onOff(false))
    }

    @Test(
        "a camera that shows nothing is online, turns its labels OFF, and says what to do; it is as before afterwards")
    func blindCamera() throws {
        var queue = try makeQueue()
        queue.cameraChanged(door, CameraState(isOnline: true, health: [:]))
        queue.processorChanged(processor())
        queue.noteState(of: visit())
        func told(_ topic: String) -> String? {
            queue.retained.payload(of: topic).map { String(decoding: $0, as: UTF8.self) }
        }
        let (topics, person) = (queue.topics, queue.topics.state(doorProcessor, .person))
        #expect(told(topics.cameraProblem(door)) == "OFF" && told(topics.cameraView(door)) == "clear")
        let dark = CameraTrouble(.dark, "dark: no light", since: at(0))
        queue.cameraChanged(door, CameraState(isOnline: true, isBlind: true, troubles: [dark], health: [:]))
        #expect(told(person) == "OFF" && told(topics.cameraStatus(door)) == "online")
        #expect(told(topics.cameraProblem(door)) == "ON" && told(topics.cameraView(door)) == "none")
        let attributes = queue.retained.payload(of: topics.cameraProblemAttributes(door)).flatMap {
            JSONValue(parsing: $0)
        }
        #expect(attributes?["text"] == "dark: no light")
        #expect(attributes?["troubles"]?.array?.first?["kind"] == "dark")
        queue.cameraChanged(door, CameraState(isOnline: true, health: [:]))
        queue.noteState(of: visit(id: "next"))
        #expect(told(person) == "ON" && told(topics.cameraProblem(door)) == "OFF")
    }

    @Test("an event that was on its way when its processor was stopped does not turn the label ON")
    func stoppedMeanwhile() throws {
        var queue = try makeQueue()
        queue.processorChanged(processor())
        queue.noteState(of: visit())
        queue.processorChanged(processor(status: .stopped))
        queue.noteState(of: visit(.updated))
        let topic = queue.topics.state(doorProcessor, .person)
        #expect(queue.retained.payload(of: topic) == Payloads.onOff(false))
        queue.processorChanged(processor(status: .starting))
        #expect(queue.retained.payload(of: topic) == Payloads.onOff(false))
        queue.noteState(of: visit(id: "next"))
        #expect(queue.retained.payload(of: topic) == Payloads.onOff(true))
    }

    @Test("a label that is switched off and on between two looks shows the visit that goes on")
    func switchedBetweenLooks() throws {
        var queue = try makeQueue()
        queue.processorChanged(processor())
        queue.noteState(of: visit())
        queue.processorChanged(processor(labels: [.pet]))
        queue.processorChanged(processor())
        let topic = queue.topics.state(doorProcessor, .person)
        #expect(queue.retained.payload(of: topic) == Payloads.onOff(true))
        queue.noteState(of: visit(.ended, open: 0))
        #expect(queue.retained.payload(of: topic) == Payloads.onOff(false))
    }

    @Test("a label that is no longer looked for is OFF")
    func labelRemoved() throws {
        var queue = try makeQueue()
        queue.processorChanged(processor())
        queue.noteState(of: visit())
        queue.processorChanged(processor(labels: [.pet]))
        #expect(queue.retained.payload(of: queue.topics.state(doorProcessor, .person)) == Payloads.onOff(false))
    }

    @Test("a deleted processor leaves nothing, and Home Assistant is told to forget it")
    func processorRemoved() throws {
        var queue = try makeQueue()
        queue.processorChanged(processor())
        queue.begin()
        queue.connected(at: at(0))
        _ = queue.drain(at: at(0))
        queue.processorRemoved(doorProcessor)
        let sent = queue.drain(at: at(0))
        #expect(
            sent.contains { $0.topic == "p/box/processor/front-door/person" && $0.payload.isEmpty && $0.isRetained })
        let configs = sent.filter { $0.topic == queue.topics.discovery }.map { JSONValue(parsing: $0.payload)?["cmps"] }
        #expect(configs.count == 2)
        #expect(configs.first??["front-door_person"] == ["p": "binary_sensor"])
        #expect(configs.last??["front-door_person"] == nil)
        #expect(!queue.retained.register.contains { $0.contains("front-door") })
        #expect(queue.componentsOnBroker["front-door_person"] == nil)
    }

    @Test("pictures go out at most once a second per label, the newest at last")
    func pictures() throws {
        var queue = try makeQueue(discovery: false)
        queue.processorChanged(processor())
        queue.begin()
        queue.connected(at: at(0))
        _ = queue.drain(at: at(0))
        for byte in UInt8(1)...20 { queue.publishImage(doorProcessor, .person, [byte], at: at(Int64(byte) * 10)) }
        let tooLarge = [UInt8](repeating: 0, count: PictureSettings().maxBytes + 1)
        queue.publishImage(doorProcessor, .person, tooLarge, at: at(300))
        #expect(queue.drain(at: at(500)).isEmpty)
        #expect(queue.drain(at: at(60_000)).filter { $0.topic.hasSuffix("/image") }.map(\.payload) == [[20]])
        #expect(queue.counters.imagesDropped == 1)
    }

    @Test("an event recorded before the connection is replayed, a fresh one is not")
    func replayed() throws {
        var queue = try makeQueue(discovery: false)
        queue.begin()
        queue.connected(at: at(1000))
        _ = queue.drain(at: at(1000))
        let old = entry(1, visit(at: at(999)))
        let foreign = entry(2, boot: "earlier", visit(at: at(5000)))
        let fresh = entry(3, visit(at: at(1001)))
        queue.offer([old, foreign, fresh], for: try #require(queue.fetchTicket()))
        let flags = queue.drain(at: at(1100)).map { JSONValue(parsing: $0.payload)?["replayed"]?.bool }
        #expect(flags == [true, true, false])
    }

    @Test("answers to a broker that stays away are bounded and what is lost is counted")
    func noticesBounded() throws {
        var queue = try makeQueue()
        for number in 0..<1000 { queue.post(answer: Array("\(number)".utf8), to: .setEnabled(processor: "p")) }
        queue.connected(at: at(0))
        #expect(queue.drain(at: at(0)).count == Notices.most)
        #expect(queue.notices.losses == .init(answers: 1000 - Notices.most))
    }

    @Test("what the store could not keep is told with no number, sent again when its connection is lost, and bounded")
    func unstored() throws {
        var queue = try makeQueue(discovery: false)
        queue.begin()
        queue.connected(at: at(0))
        _ = queue.drain(at: at(0))
        var lost = recorded(0, visit(at: at(5)))
        lost.sequence = nil
        queue.post(lost)
        queue.post(SessionNotification(topic: "door", payload: [1, 2]))
        let first = queue.drain(at: at(10), acknowledging: false)
        #expect(first.map(\.topic) == ["p/box/processor/front-door/event", "p/box/notifications/door"])
        #expect(JSONValue(parsing: first[0].payload)?["seq"] == .null)
        #expect(JSONValue(parsing: first[0].payload)?["replayed"] == false)
        queue.disconnected()
        queue.connected(at: at(20))
        let again = queue.drain(at: at(20)).filter { !$0.isRetained }
        #expect(again.map(\.topic) == first.map(\.topic), "in order")
        #expect(JSONValue(parsing: again.first?.payload ?? [])?["replayed"] == true)
        queue.disconnected()
        for _ in 0..<(Notices.most + 7) { queue.post(lost) }
        #expect(queue.notices.losses == .init(events: 7))
    }

    @Test("the store hears that a session is over when the broker has the word of it that the store could not keep")
    func endOfSession() throws {
        var queue = try makeQueue(discovery: false)
        queue.begin()
        queue.connected(at: at(0))
        _ = queue.drain(at: at(0))
        var end = SessionNotification(topic: "door", payload: [1, 2])
        end.endsSession = "s"
        queue.post(end)
        _ = queue.drain(at: at(10), acknowledging: false)
        #expect(queue.takeAcknowledged() == [] && queue.notificationsInMemory == 1)
        queue.disconnected()
        queue.connected(at: at(20))
        _ = queue.drain(at: at(20))
        #expect(queue.takeAcknowledged() == [.session("s")] && queue.notificationsInMemory == 0)
    }

    @Test("notifications of the outbox go out between the events where they belong, and are marked once believed")
    func notifications() throws {
        var queue = try makeQueue(discovery: false)
        queue.begin()
        queue.connected(at: at(0))
        _ = queue.drain(at: at(0))
        queue.offer([entry(1), notification(1, "a"), entry(2)], for: try #require(queue.fetchTicket()))
        let sent = queue.drain(at: at(10)).map(\.topic)
        #expect(
            sent
                == ["event", "notifications/door", "event"].map { topic in
                    topic == "event" ? "p/box/processor/front-door/event" : "p/box/\(topic)"
                })
        #expect(queue.takeAcknowledged().isEmpty)
        queue.disconnected()
        queue.connected(at: at(20))
        _ = queue.drain(at: at(20))
        #expect(queue.fetchTicket()?.after == OutboxPosition(), "a lost connection sends them again")
        queue.offer([entry(1), notification(1, "a"), entry(2)], for: try #require(queue.fetchTicket()))
        _ = queue.drain(at: at(30))
        queue.heard(at: at(30) + LinkPace.usual.belief)
        #expect(queue.takeAcknowledged() == [.event(1), .notification(1), .event(2)])
    }

    @Test("while the store cannot mark what was sent, what comes behind it is found all the same")
    func unmarked() throws {
        var queue = try makeQueue(discovery: false)
        queue.begin()
        queue.connected(at: at(0))
        _ = queue.drain(at: at(0))
        let entries = (1...Int64(PublishQueue.fetchLimit)).map { entry($0) }
        queue.offer(entries, for: try #require(queue.fetchTicket()))
        _ = queue.drain(at: at(10))
        queue.heard(at: at(10) + LinkPace.usual.belief)
        queue.returnAcknowledged(queue.takeAcknowledged())
        queue.disconnected()
        queue.connected(at: at(9000))
        _ = queue.drain(at: at(9000))
        queue.offer(entries, for: try #require(queue.fetchTicket()))
        #expect(queue.drain(at: at(9010)).isEmpty, "the broker has them")
        let ticket = try #require(queue.fetchTicket())
        queue.offer([entry(Int64(PublishQueue.fetchLimit) + 1)], for: ticket)
        #expect(queue.drain(at: at(9020)).count == 1)
    }

    @Test("offline is the last word, after the last event")
    func lastWord() throws {
        var queue = try makeQueue(discovery: false)
        queue.processorChanged(processor())
        queue.begin()
        queue.connected(at: at(0))
        _ = queue.drain(at: at(0))
        queue.offer([entry(1)], for: try #require(queue.fetchTicket()))
        queue.beginClosing(at: at(10))
        #expect(!queue.isClosed(at: at(10)))
        let first = queue.drain(at: at(10)).map(\.topic)
        #expect(first.contains("p/box/processor/front-door/event") && !first.contains("p/box/status"))
        queue.offer([], for: try #require(queue.fetchTicket()))
        #expect(queue.drain(at: at(20)).map(\.topic) == ["p/box/status"])
        #expect(queue.isClosed(at: at(20)))
    }

    @Test("a broker that says nothing does not hold up the end")
    func endIsBounded() throws {
        var queue = try makeQueue()
        queue.begin()
        queue.connected(at: at(0))
        queue.beginClosing(at: at(0))
        #expect(!queue.isClosed(at: at(900)))
        #expect(queue.isClosed(at: at(950)))
    }

    @Test("an event that the broker took with it when it died is sent again, with the same number")
    func acknowledgedAndLost() throws {
        var queue = try makeQueue(discovery: false)
        queue.begin()
        queue.connected(at: at(0))
        _ = queue.drain(at: at(0))
        queue.offer([entry(1, visit(at: at(5)))], for: try #require(queue.fetchTicket()))
        #expect(queue.drain(at: at(10)).count == 1)
        queue.heard(at: at(1900))
        #expect(queue.takeAcknowledged().isEmpty)
        queue.disconnected()
        queue.connected(at: at(2000))
        _ = queue.drain(at: at(2000))
        let ticket = try #require(queue.fetchTicket())
        #expect(ticket.after == OutboxPosition(), "the outbox is asked from its beginning")
        queue.offer([entry(1, visit(at: at(5)))], for: ticket)
        let again = try #require(queue.drain(at: at(2010)).first).payload
        #expect(JSONValue(parsing: again)?["seq"] == 1 && JSONValue(parsing: again)?["replayed"] == true)
        queue.heard(at: at(2010) + LinkPace.usual.belief)
        #expect(queue.takeAcknowledged() == [.event(1)])
    }

    @Test("an answer of the store that was asked on an earlier connection does not jump the queue")
    func staleTicket() throws {
        var queue = try makeQueue(discovery: false)
        queue.begin()
        queue.connected(at: at(0))
        _ = queue.drain(at: at(0))
        let stale = try #require(queue.fetchTicket())
        queue.disconnected()
        queue.connected(at: at(10))
        _ = queue.drain(at: at(10))
        queue.offer([entry(7)], for: stale)
        #expect(queue.drain(at: at(10)).isEmpty)
        #expect(queue.needsOutbox)
    }

    @Test("at the end the broker's word is enough: nothing is sent twice after an ordinary restart")
    func endBelieves() throws {
        var queue = try makeQueue(discovery: false)
        queue.begin()
        queue.connected(at: at(0))
        _ = queue.drain(at: at(0))
        queue.offer([entry(1)], for: try #require(queue.fetchTicket()))
        _ = queue.drain(at: at(10))
        #expect(queue.takeAcknowledged().isEmpty)
        queue.beginClosing(at: at(20))
        #expect(queue.takeAcknowledged() == [.event(1)])
    }

    @Test(
        "while the broker is away a million changes wait in as many places as there are topics, and the last ones count"
    )
    func awayForLong() throws {
        var queue = try makeQueue()
        queue.processorChanged(processor())
        queue.begin()
        let topics = queue.retained.topics.count
        for number in 0..<200_000 {
            queue.cameraChanged(
                door, CameraState(isOnline: number.isMultiple(of: 2), health: ["frame": .integer(Int64(number))]))
            queue.noteState(of: visit(open: number.isMultiple(of: 2) ? 1 : 0))
            queue.publishImage(doorProcessor, .person, [UInt8(number & 255)], at: at(Int64(number)))
        }
        // The same names come and go.
        for _ in 0..<100 {
            queue.processorRemoved(doorProcessor)
            queue.processorChanged(processor())
        }
        #expect(queue.retained.topics.count <= topics + 8)
        #expect(queue.retained.waitingCount <= (topics + 8) * RetainedTopicCache.Rank.allCases.count)
        queue.connected(at: at(1_000_000_000))
        let sent = queue.drain(at: at(1_000_000_000))
        let health = sent.last { $0.topic == queue.topics.cameraHealth(door) }
        #expect(health.map { JSONValue(parsing: $0.payload)?["frame"] } == .some(199_999))
        #expect(queue.retained.waitingCount == 0)
    }

    @Test("in privacy mode no picture is published, and those of earlier days are cleared")
    func privacy() throws {
        let image = "p/box/processor/front-door/person/image"
        let register = TopicRegister(topics: [image], components: ["front-door_person_image": "image"])
        var queue = try makeQueue(register, pictures: PictureSettings(isPrivate: true))
        queue.processorChanged(processor())
        queue.publishImage(doorProcessor, .person, [0xff, 0xd8], at: at(0))
        queue.begin()
        queue.connected(at: at(0))
        let sent = queue.drain(at: at(60_000))
        #expect(sent.filter { $0.topic == image }.map(\.payload) == [[]])
        let configs = sent.filter { $0.topic == queue.topics.discovery }.map { JSONValue(parsing: $0.payload)?["cmps"] }
        #expect(configs.first??["front-door_person_image"] == ["p": "image"])
        #expect(configs.last??["front-door_person_image"] == nil && configs.count == 2)
    }

    @Test("health counts what was lost and says what is wrong with the link")
    func health() throws {
        var queue = try makeQueue(discovery: false)
        for number in 0..<300 { queue.post(answer: Array("\(number)".utf8), to: .setEnabled(processor: "p")) }
        var link = LinkStatus()
        link.lastError = "another client"
        queue.publishHealth(["eventsDropped": 3], link: link)
        let json = queue.retained.payload(of: "p/box/health").flatMap { JSONValue(parsing: $0) }
        #expect(json?["eventsDropped"] == 3)
        #expect(json?["mqtt"]?["noticesDropped"]?.int == 300 - Notices.most)
        #expect(json?["mqtt"]?["problem"] == "another client")
    }
}
