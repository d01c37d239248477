import Base
import Foundation
import Publish
import Settings
import Synchronization
import TestSupport
import Testing

/// Nothing is lost, whatever happens to the real broker or the wire to it.
@Suite("with a real broker that dies", .enabled(if: RealBroker.isInstalled), .timeLimit(.minutes(4)), .serialized)
struct LossTests {
    let outbox = MemoryOutbox()

    private func publisher(port: Int, _ pace: LinkPace, outbox: MemoryOutbox) throws -> Publisher {
        let publisher = try Publisher(
            settings: MQTTSettings(host: "127.0.0.1", port: port), deviceID: "box", bootID: "boot", outbox: outbox,
            commands: MemoryCommands(), pace: pace, registerFile: nil, logger: quiet)
        publisher.cameraChanged(door, CameraState(isOnline: true, health: ["reason": "fine"]))
        publisher.processorChanged(processor())
        return publisher
    }

    /// Records an event now and then until it is cancelled; returns how many.
    private func flow(_ publisher: Publisher) -> Task<Int64, Never> {
        Task { [outbox] in
            var sequence: Int64 = 0
            while !Task.isCancelled {
                sequence += 1
                outbox.record(recorded(sequence, visit(id: "v\(sequence)")))
                publisher.outboxGrew()
                try? await Task.sleep(for: .milliseconds(15))
            }
            return sequence
        }
    }

    /// The broker's saved file knows the observer's session, so that each start of it queues for the observer.
    private func observed(_ broker: RealBroker) async throws -> PersistentSubscriber {
        let observer = try PersistentSubscriber(port: broker.port, filter: "porchlight/box/processor/+/event")
        #expect(await eventually { observer.subscriptions == 1 })
        broker.kill(SIGTERM)
        try broker.start()
        return observer
    }

    private func check(_ heard: [PersistentSubscriber.Heard], _ count: Int64) {
        var firsts: [Int64] = []
        var known: Set<Int64> = []
        for event in heard {
            #expect(event.id == "v\(event.sequence)", "a number has one event")
            if known.insert(event.sequence).inserted { firsts.append(event.sequence) }
        }
        let missing = Set(1...count).subtracting(known)
        #expect(missing.isEmpty)
        #expect(firsts == firsts.sorted(), "in order")
    }

    @Test("200 times killed in the middle of its work and started again, the broker passes on every event, in order")
    func killedAndRestarted() async throws {
        let broker = try RealBroker()
        let observer = try await observed(broker)
        var pace = LinkPace.quick
        pace.firstPause = .milliseconds(10)
        pace.longestPause = .milliseconds(40)
        pace.belief = .seconds(1)
        let publisher = try publisher(port: broker.port, pace, outbox: outbox)
        try publisher.start()
        let events = flow(publisher)
        let seed = UInt64.random(in: 0...9999)
        var random = SplitMix(seed: seed)
        var connections = 0
        for round in 1...200 {
            // Half of the rounds hit whatever goes on, the others a link that has just been made, on slow machines too.
            if round.isMultiple(of: 2) {
                #expect(await eventually(within: 30) { publisher.linkStatus.connections > connections }, "seed \(seed)")
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...120, using: &random)))
            // A broker that never lives longer than a moment passes on nothing for certain; this one sometimes does.
            if round % 20 == 0 {
                let recorded = Int64(outbox.recordedCount)
                #expect(await eventually(within: 30) { outbox.hasSent(through: recorded) }, "seed \(seed)")
            }
            connections = publisher.linkStatus.connections
            broker.kill(SIGKILL)
            try broker.start()
        }
        events.cancel()
        let count = await events.value
        #expect(await eventually(within: 30) { outbox.waiting == 0 }, "seed \(seed)")
        #expect(await eventually { Set(observer.heard.map(\.sequence)).count >= Int(count) }, "seed \(seed)")
        check(observer.heard, count)
        #expect(count > 500 && publisher.linkStatus.connections >= 100)
        await publisher.stop()
        observer.stop()
    }

    @Test("a wire that swallows everything without a word is noticed, and a new socket brings what was swallowed")
    func halfOpen() async throws {
        let broker = try RealBroker()
        let observer = try await observed(broker)
        let relay = try SwallowingRelay(to: broker.port)
        var pace = LinkPace.quick
        pace.silenceLimit = .seconds(6)
        let publisher = try publisher(port: relay.port, pace, outbox: outbox)
        try publisher.start()
        #expect(await eventually { publisher.linkStatus.isConnected })
        let events = flow(publisher)
        #expect(await eventually { observer.heard.count > 10 })
        relay.swallow()
        let began = ContinuousClock.now
        #expect(await eventually(within: 20) { publisher.linkStatus.connections == 2 })
        #expect(ContinuousClock.now - began < .seconds(10))
        events.cancel()
        let count = await events.value
        #expect(await eventually(within: 20) { outbox.waiting == 0 })
        check(observer.heard, count)
        await publisher.stop()
        relay.stop()
        observer.stop()
    }

    @Test("two boxes with one client id: both say so, in their status and in health, and lose nothing")
    func twins() async throws {
        let broker = try RealBroker()
        let others = MemoryOutbox()
        let twins = [
            try publisher(port: broker.port, .quick, outbox: outbox),
            try publisher(port: broker.port, .quick, outbox: others),
        ]
        for twin in twins { try twin.start() }
        for twin in twins {
            #expect(await eventually(within: 30) { twin.linkStatus.lastError?.contains("deviceId") ?? false })
        }
        let listener = try Listener(broker, "porchlight/box/health")
        for twin in twins { twin.publishHealth([:]) }
        #expect(
            await eventually(within: 20) {
                listener.all.contains {
                    JSONValue(parsing: $0.payload)?["mqtt"]?["problem"]?.string?.contains("deviceId") ?? false
                }
            })
        outbox.record(recorded(1))
        twins[0].outboxGrew()
        await twins[1].stop()
        #expect(await eventually(within: 20) { outbox.waiting == 0 }, "the one that is left works")
        await twins[0].stop()
    }
}
