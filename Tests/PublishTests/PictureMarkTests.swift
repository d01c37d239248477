import Base
import Publish
import Settings
import Testing

/// A clock that only tests turn.
private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

/// Pictures are large, and Home Assistant shows each one that comes as new.
@Suite struct PictureMarkTests {
    private static let mark = "p/box/pictures"
    private static let image = "p/box/processor/front-door/person/image"
    private static let petImage = "p/box/processor/front-door/pet/image"

    /// With a picture of a person on the broker.
    private func queueWithPicture(_ broker: inout [String: [UInt8]]) throws -> PublishQueue {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        var queue = PublishQueue(topics: topics, bootID: "boot", register: TopicRegister(), isDiscoveryOn: false)
        queue.processorChanged(processor())
        queue.begin()
        queue.connected(at: at(0))
        queue.publishImage(doorProcessor, .person, [1, 2, 3], at: at(0))
        _ = sent(&queue, &broker, at: at(2000))
        return queue
    }

    /// Topics of what goes out now; the broker takes and keeps everything.
    private func sent(
        _ queue: inout PublishQueue, _ broker: inout [String: [UInt8]], at now: MonotonicTime
    ) -> [String] {
        var topics: [String] = []
        queue.retained.registerWritten()
        while let publication = queue.next(at: now) {
            topics.append(publication.topic)
            broker[publication.topic] = publication.payload
            queue.acknowledged(publication.token, refusal: nil, at: now)
            queue.retained.registerWritten()
        }
        return topics
    }

    private func reconnect(_ queue: inout PublishQueue, _ broker: [String: [UInt8]], at now: MonotonicTime) {
        queue.disconnected()
        queue.connected(at: now)
        if let mark = broker[Self.mark] { queue.heard(pictureMark: mark) }
    }

    @Test("a connection that comes back brings no picture that the broker still has, but every state")
    func reconnected() throws {
        var broker: [String: [UInt8]] = [:]
        var queue = try queueWithPicture(&broker)
        #expect(broker[Self.image] == [1, 2, 3])
        reconnect(&queue, broker, at: at(10_000))
        let again = sent(&queue, &broker, at: at(10_000)) + sent(&queue, &broker, at: at(20_000))
        #expect(!again.contains(Self.image) && again.contains("p/box/processor/front-door/person"))
        queue.publishImage(doorProcessor, .person, [4], at: at(21_000))
        #expect(sent(&queue, &broker, at: at(21_000)).contains(Self.image), "a new one is sent")
    }

    @Test("a broker that forgot its retained messages gets every picture again, when it had its time to say so")
    func forgetful() throws {
        var broker: [String: [UInt8]] = [:]
        var queue = try queueWithPicture(&broker)
        broker = [:]
        reconnect(&queue, broker, at: at(10_000))
        #expect(!sent(&queue, &broker, at: at(10_000)).contains(Self.image))
        #expect(queue.phase == .live, "nothing else waits")
        #expect(sent(&queue, &broker, at: at(12_000)).contains(Self.image))
        #expect(broker[Self.mark] != nil)
    }

    @Test("a broker that came back with an older state gets what it has lost since, and no more")
    func olderState() throws {
        var broker: [String: [UInt8]] = [:]
        var queue = try queueWithPicture(&broker)
        let saved = broker
        queue.publishImage(doorProcessor, .pet, [9], at: at(3000))
        _ = sent(&queue, &broker, at: at(3000))
        broker = saved
        reconnect(&queue, broker, at: at(10_000))
        let again = sent(&queue, &broker, at: at(10_000))
        #expect(again.contains(Self.petImage) && !again.contains(Self.image))
    }

    @Test("a mark of an earlier run, or one that somebody wrote, spares nothing")
    func foreignMark() throws {
        for text in ["earlier 99", "boot", "boot x", "", "boot -1 2"] {
            var broker: [String: [UInt8]] = [:]
            var queue = try queueWithPicture(&broker)
            broker[Self.mark] = Array(text.utf8)
            reconnect(&queue, broker, at: at(10_000))
            #expect(sent(&queue, &broker, at: at(12_000)).contains(Self.image), "\(text)")
        }
    }

    @Test("what was to be erased while the broker was away is erased, whatever it says that it holds")
    func erased() throws {
        var broker: [String: [UInt8]] = [:]
        var queue = try queueWithPicture(&broker)
        queue.disconnected()
        queue.processorRemoved(doorProcessor)
        reconnect(&queue, broker, at: at(10_000))
        _ = sent(&queue, &broker, at: at(10_000))
        #expect(broker[Self.image]?.isEmpty == true)
    }

    @Test("Home Assistant that starts is told everything; the pictures it gets from the broker")
    func homeAssistantStarts() throws {
        var broker: [String: [UInt8]] = [:]
        var queue = try queueWithPicture(&broker)
        queue.homeAssistantIsBack(at: at(5000), delay: .milliseconds(10))
        queue.tick(at: at(5010))
        let again = sent(&queue, &broker, at: at(5010))
        #expect(again.contains("p/box/status") && !again.contains(Self.image))
    }
}
