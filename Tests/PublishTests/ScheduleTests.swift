import Base
import Publish
import TestSupport
import Testing

private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

/// A broker that acknowledges at once, passes on up to a second later, and forgets what it holds when it dies.
private struct DyingBroker {
    var isUp = true
    private(set) var passedOn: [Int64] = []
    private var held: [(sequence: Int64, due: Int64)] = []

    mutating func take(_ publication: Publication, at now: Int64, delay: Int64) {
        guard publication.topic.hasSuffix("/event"), let sequence = JSONValue(parsing: publication.payload)?["seq"]?.int
        else { return }
        // To one subscriber a broker passes on in order.
        held.append((Int64(sequence), max(now + delay, held.last?.due ?? 0)))
    }

    mutating func passOn(at now: Int64) {
        while let first = held.first, first.due <= now { passedOn.append(held.removeFirst().sequence) }
    }

    mutating func die() { (isUp, held) = (false, []) }
}

/// What the link's thread and the outbox do between two looks at the clock; nothing here waits or sends.
private struct World {
    var random: SplitMix
    var link = LinkState(at: at(0))
    var queue: PublishQueue
    var broker = DyingBroker()
    var store: [OutboxEntry] = []
    var recordedCount: Int64 = 0
    var now: Int64 = 0
    var heardAt: Int64 = 0
    var opens: [Int64] = []

    init(seed: UInt64) throws {
        random = SplitMix(seed: seed)
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "ha")
        queue = PublishQueue(topics: topics, bootID: "boot", register: TopicRegister(), isDiscoveryOn: false)
        queue.begin()
    }

    mutating func record() {
        recordedCount += 1
        store.append(entry(recordedCount, visit(at: at(now))))
        queue.outboxGrew()
    }

    /// - Parameter isNoticed: the kernel of a killed broker closes its sockets; a power cut closes nothing.
    mutating func killBroker(isNoticed: Bool) {
        guard broker.isUp else { return }
        broker.die()
        if isNoticed, link.isOnline { lose("closed") }
    }

    mutating func reviveBroker() {
        guard !broker.isUp else { return }
        broker.isUp = true
        // It knows nothing of a connection that it had before.
        if link.isOnline { lose("reset") }
    }

    mutating func advance(by milliseconds: Int64) {
        now += milliseconds
        if broker.isUp { broker.passOn(at: now) }
        switch link.step(at: at(now)) {
        case .nothing: break
        case .open: open()
        case .abandon: lose("silent")
        case .renew: queue.disconnected()
        }
        if link.isOnline { exchange() }
    }

    private mutating func open() {
        opens.append(now)
        guard broker.isUp else { return lose("refused") }
        link.connected(at: at(now))
        queue.connected(at: at(now))
        heardAt = now
    }

    private mutating func exchange() {
        queue.retained.registerWritten()
        queue.tick(at: at(now))
        let sent = Set(queue.takeAcknowledged())
        store.removeAll { sent.contains($0.id) }
        if let ticket = queue.fetchTicket() {
            let unsent = store.filter { ticket.after.isBefore($0.id) }
            queue.offer(Array(unsent.prefix(PublishQueue.fetchLimit)), for: ticket)
        }
        // A broker that went without a word leaves everything without an answer.
        guard broker.isUp else { return }
        for _ in 0..<16 {
            guard let next = queue.next(at: at(now)) else { break }
            broker.take(next, at: now, delay: Int64.random(in: 0...1000, using: &random))
            queue.acknowledged(next.token, refusal: nil, at: at(now))
        }
        link.heard(at: at(now))
        queue.heard(at: at(now))
        heardAt = now
        if queue.isWhole { link.becameWhole() }
    }

    private mutating func lose(_ reason: String) {
        queue.disconnected()
        let failure = LinkFailure(reason, reason == "closed" ? .silentHangUp : .other)
        link.failed(failure, at: at(now), random: Double.random(in: 0..<1, using: &random))
    }

    /// Each event once, in the order in which the subscriber heard of it first.
    var firsts: [Int64] {
        var known: Set<Int64> = []
        return broker.passedOn.filter { known.insert($0).inserted }
    }
}

/// Decisions without I/O, under a clock that only the tests turn.
@Suite struct ScheduleTests {
    @Test(
        "whenever the broker dies, every event arrives, in order, again only with its own number",
        arguments: 0..<80 as Range<UInt64>)
    func everyEventArrives(seed: UInt64) throws {
        var world = try World(seed: seed)
        for step in 0..<3000 {
            switch Int.random(in: 0..<1000, using: &world.random) {
            case 0..<60 where step < 2000: world.record()
            case 60..<66 where step < 2000: world.killBroker(isNoticed: true)
            case 66..<70 where step < 2000: world.killBroker(isNoticed: false)
            case 70..<90: world.reviveBroker()
            default: break
            }
            world.advance(by: Int64.random(in: 1...200, using: &world.random))
            if world.link.isOnline { #expect(world.now - world.heardAt < 21_200, "a dead socket is given up") }
        }
        #expect(world.recordedCount > 50 && world.opens.count > 1)
        #expect(world.store.isEmpty)
        world.advance(by: 2000)
        #expect(world.firsts == Array(1...world.recordedCount))
        for (one, next) in zip(world.opens, world.opens.dropFirst()) { #expect(next - one >= 750, "no storm") }
    }

    @Test("an hour without the broker costs few attempts and no event; they come in order, with replayed")
    func hourAway() throws {
        var world = try World(seed: 1)
        world.advance(by: 1)
        world.killBroker(isNoticed: true)
        for second in 0..<3600 {
            if second % 4 == 0 { world.record() }
            world.advance(by: 1000)
        }
        #expect((230...290).contains(world.opens.count))
        #expect(world.link.lastError == "refused")
        world.reviveBroker()
        for _ in 0..<200 { world.advance(by: 1000) }
        #expect(world.store.isEmpty)
        #expect(world.broker.passedOn == Array(1...900))
    }

    @Test(
        "a clock that jumps forward never makes the link or the queue trap, and it recovers",
        arguments: 0..<20 as Range<UInt64>)
    func suspended(seed: UInt64) throws {
        var world = try World(seed: seed)
        for _ in 0..<200 {
            world.record()
            // A board that was suspended.
            let isLong = Int.random(in: 0..<20, using: &world.random) == 0
            world.advance(by: isLong ? 86_400_000 : 50)
        }
        for _ in 0..<100 { world.advance(by: 1000) }
        #expect(world.store.isEmpty)
        #expect(world.firsts == Array(1...200))
    }
}
