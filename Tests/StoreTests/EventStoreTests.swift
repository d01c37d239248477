import Base
import Foundation
import Store
import TestSupport
import Testing

@Suite struct EventStoreTests {
    private func store(
        _ database: Database, boot: String = "boot-1", limits: EventStore.Limits = .init(),
        clock: EventStore.Clock = HandClock().clock
    ) -> EventStore {
        EventStore(database, bootID: boot, limits: limits, clock: clock, logger: silent)
    }

    @Test("events wait in order until they are marked sent, and stay as history")
    func outbox() async throws {
        let folder = try TemporaryFolder()
        let store = store(try folder.open())
        for index in 0..<5 { try await store.append(try event(.updated, visit: "v\(index)"), imagePath: "i\(index)") }
        let waiting = try await store.unsentEvents(limit: 3)
        #expect(waiting.map(\.event.id) == ["v0", "v1", "v2"])
        #expect(waiting.map(\.imagePath) == ["i0", "i1", "i2"])
        try await store.markSent(waiting.map(\.sequence))
        #expect(try await store.unsentEvents(limit: 100).map(\.event.id) == ["v3", "v4"])
        #expect(try await store.recent(limit: 2).map(\.event.id) == ["v4", "v3"])
        let older = try await store.recent(limit: 10, before: waiting.last?.sequence)
        #expect(older.map(\.event.id) == ["v1", "v0"])
    }

    @Test("the phases of visits come out as they went in, whatever the limit", arguments: [1, 2, 7, 100])
    func order(limit: Int) async throws {
        let folder = try TemporaryFolder()
        let store = store(try folder.open())
        let phases: [Event.Phase] = [.started, .updated, .started, .ended, .updated, .ended, .started, .ended]
        var expected: [Int64?] = []
        for phase in phases { expected.append(try await store.append(try event(phase)).sequence) }
        var seen: [Int64?] = []
        while case let batch = try await store.unsentEvents(limit: limit), !batch.isEmpty {
            seen += batch.map(\.sequence)
            try await store.markSent(batch.map(\.sequence))
        }
        #expect(seen == expected)
    }

    @Test("numbers go on after a power cut, and acknowledged events are there")
    func powerCut() async throws {
        let folder = try TemporaryFolder()
        let before = store(try folder.open())
        for _ in 0..<10 { try await before.append(try event(.started)) }
        let cut = try folder.afterPowerCut()
        let after = store(try cut.open(), boot: "boot-2")
        let next = try await after.append(try event(.ended))
        // Numbers that may have been told before the cut are left out.
        #expect(next.sequence == 75)
        #expect(next.bootID == "boot-2")
        #expect(try await after.unsentEvents(limit: 100).compactMap(\.sequence) == Array(1...10) + [75])
    }

    @Test("a number is never given twice, even when everything was dropped")
    func neverTwice() async throws {
        let folder = try TemporaryFolder()
        let hand = HandClock()
        let day: Int64 = 86_400_000
        let store = store(try folder.open(), limits: .init(age: .seconds(1)), clock: hand.clock)
        let first = try await store.append(try event(.started))
        hand.set(now: day)
        #expect(try await store.prune() == 1)
        #expect(try await store.append(try event(.started)).sequence != first.sequence)
    }

    @Test("when the outbox is full the oldest updates go first, beginnings and ends last; all are counted")
    func bounded() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = store(database, limits: .init(unsentCount: 5))
        for index in 0..<3 {
            try await store.append(try event(.started, visit: "v\(index)"))
            try await store.append(try event(.updated, visit: "v\(index)"))
        }
        #expect(try await store.unsentEvents(limit: 100).map(\.event.id) == ["v0", "v1", "v1", "v2", "v2"])
        for index in 0..<3 { try await store.append(try event(.ended, visit: "v\(index)")) }
        let rest = try await store.unsentEvents(limit: 100)
        #expect(rest.map(\.event.phase) == [.started, .started, .ended, .ended, .ended])
        #expect(rest.map(\.event.id) == ["v1", "v2", "v0", "v1", "v2"])
        #expect(try await store.droppedCount().events == 4)
        let again = EventStore(try folder.afterPowerCut().open(), bootID: "b", logger: silent)
        #expect(try await again.droppedCount().events == 4)
    }

    @Test("bytes are bounded as well")
    func boundedBytes() async throws {
        let folder = try TemporaryFolder()
        let store = store(try folder.open(), limits: .init(unsentBytes: 4096))
        for _ in 0..<100 { try await store.append(try event(.started)) }
        let backlog = try await store.backlog()
        #expect(backlog.bytes <= 4096)
        #expect(backlog.events > 1)
        #expect(try await store.droppedCount().events == 100 - backlog.events)
    }

    @Test("history is bounded; what waits for the broker is not history")
    func history() async throws {
        let folder = try TemporaryFolder()
        let store = store(try folder.open(), limits: .init(historyCount: 10))
        let first = try await store.append(try event(.started, visit: "kept"))
        for _ in 0..<50 {
            let sent = try await store.append(try event(.updated))
            try await store.markSent([sent.sequence])
        }
        try await store.append(try event(.ended))
        #expect(try await store.recent(limit: 1000).count <= 12)
        #expect(try await store.unsentEvents(limit: 1).map(\.sequence) == [first.sequence])
    }

    @Test("visits that a crash cut off are found, with their last word, until they are ended")
    func openVisits() async throws {
        let folder = try TemporaryFolder()
        let before = store(try folder.open())
        try await before.append(try event(.started, visit: "open"))
        try await before.append(try event(.updated, visit: "open", atMilliseconds: 500))
        try await before.append(try event(.started, visit: "over"))
        try await before.append(try event(.ended, visit: "over"))
        let after = store(try folder.afterPowerCut().open(), boot: "boot-2")
        try await after.append(try event(.started, visit: "new"))
        let open = try await after.openVisits(beforeBoot: "boot-2")
        #expect(open.map(\.id) == ["open"])
        #expect(open.map(\.at.milliseconds) == [500])
        try await after.append(try event(.ended, visit: "open"))
        #expect(try await after.openVisits(beforeBoot: "boot-2").isEmpty)
    }

    @Test("the time of an event is when it was seen; before the clock is set it says so, and is put right afterwards")
    func timeQuality() async throws {
        let folder = try TemporaryFolder()
        let hand = HandClock()
        hand.set(offset: 1000, quality: .unsynchronized)
        let database = try folder.open()
        let store = store(database, clock: hand.clock)
        let recorded = try await store.append(try event(.started, atMilliseconds: 50))
        #expect(recorded.time.milliseconds == 1050)
        #expect(recorded.timeQuality == .unsynchronized)
        hand.set(offset: 1_800_000_000_000, quality: .synchronized)
        let corrected = try #require(try await store.unsentEvents(limit: 1).first)
        #expect(corrected.time.milliseconds == 1_800_000_000_050)
        #expect(corrected.timeQuality == .corrected)
        let next = self.store(try folder.afterPowerCut().open(), boot: "boot-2", clock: hand.clock)
        let later = try #require(try await next.unsentEvents(limit: 1).first)
        #expect(later.time == corrected.time && later.timeQuality == .corrected, "it outlives the run")
    }

    @Test("what a run recorded before the clock was set and could not put right keeps saying so")
    func neverSynchronized() async throws {
        let folder = try TemporaryFolder()
        let hand = HandClock()
        hand.set(offset: 1000, quality: .unsynchronized)
        let database = try folder.open()
        try await store(database, clock: hand.clock).append(try event(.started, atMilliseconds: 50))
        hand.set(offset: 1_800_000_000_000, quality: .synchronized)
        let next = store(database, boot: "boot-2", clock: hand.clock)
        try await next.append(try event(.ended, atMilliseconds: 60))
        let events = try await next.unsentEvents(limit: 9)
        #expect(events.map(\.timeQuality) == [.unsynchronized, .synchronized], "that boot's clock is gone")
        #expect(events.map(\.sequence) == [1, 66])
    }

    @Test("events that were sent before the clock was set are put right in the history too, by the daily tidying")
    func historyIsCorrected() async throws {
        let folder = try TemporaryFolder()
        let hand = HandClock()
        hand.set(quality: .unsynchronized)
        let store = store(try folder.open(), clock: hand.clock)
        let sent = try await store.append(try event(.started, atMilliseconds: 50))
        try await store.markSent([sent.sequence])
        hand.set(now: 60, offset: 1_800_000_000_000, quality: .synchronized)
        #expect(try await store.prune() == 0)
        let recent = try #require(try await store.recent(limit: 1).first)
        #expect(recent.timeQuality == .corrected && recent.time.milliseconds == 1_800_000_000_050)
    }

    @Test(
        "a clock that steps a day forward and back loses nothing, and the order is that of the numbers",
        arguments: 1...8)
    func clockSteps(seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        let folder = try TemporaryFolder()
        let hand = HandClock()
        let day: Int64 = 86_400_000
        let summer: Int64 = 1_800_000_000_000
        let store = store(try folder.open(), clock: hand.clock)
        var now: Int64 = 0
        for index in 0..<60 {
            now += Int64.random(in: 1...5000, using: &random)
            let step = ([0, 0, 0, day, -day] as [Int64]).randomElement(using: &random) ?? 0
            hand.set(now: now, offset: summer + step)
            let recorded = try await store.append(try event(.updated, visit: "v\(index)", atMilliseconds: now))
            #expect(recorded.time.milliseconds == summer + step + now)
            if index % 10 == 0 { #expect(try await store.prune() == 0) }
        }
        let events = try await store.unsentEvents(limit: 100)
        #expect(events.compactMap(\.sequence) == Array(1...60))
        #expect(
            zip(events, events.dropFirst()).allSatisfy { $0.event.at < $1.event.at }, "durations are never negative")
        #expect(try await store.droppedCount().events == 0)
    }

    @Test("asked for what comes after a number, the outbox does not begin again")
    func after() async throws {
        let folder = try TemporaryFolder()
        let store = store(try folder.open())
        for phase in [Event.Phase.started, .updated, .ended, .started, .ended] {
            try await store.append(try event(phase))
        }
        #expect(try await store.unsentEvents(limit: 2, after: 2).map(\.sequence) == [3, 4])
        #expect(try await store.unsentEvents(limit: 2, after: 5).isEmpty)
    }

    @Test("asking an idle store a thousand times writes nothing to its files")
    func idle() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = store(database)
        try await store.append(try event(.started))
        try await store.markSent([1])
        func files() throws -> [String: Data] {
            try Dictionary(
                uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                    !$0.hasSuffix("-shm")  // shared memory, not kept
                }.map { ($0, try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\($0)"))) })
        }
        let before = try files()
        for _ in 0..<1000 {
            #expect(try await store.unsentEvents(limit: 100).isEmpty)
            _ = try await (store.backlog().events, store.droppedCount().events, store.prune())
        }
        #expect(try files() == before)
    }

    @Test("a clock that cannot be trusted makes nothing too old")
    func clockWithoutBattery() async throws {
        let folder = try TemporaryFolder()
        let hand = HandClock()
        hand.set(quality: .unsynchronized)
        let database = try folder.open()
        let store = store(database, limits: .init(age: .seconds(60)), clock: hand.clock)
        try await store.append(try event(.started))
        hand.set(now: 1_800_000_000_000)
        #expect(try await store.prune() == 0)
        let next = self.store(database, boot: "boot-2", limits: .init(age: .seconds(60)), clock: hand.clock)
        hand.set(quality: .synchronized)
        #expect(try await next.prune() == 0, "recorded in 1970, for all we know")
        #expect(try await next.unsentEvents(limit: 9).count == 1)
    }

    @Test("a hundred events at once are all recorded, each batch in its own order")
    func together() async throws {
        let folder = try TemporaryFolder()
        let store = store(try folder.open())
        let batches = try await withThrowingTaskGroup(of: [RecordedEvent].self) { group in
            for index in 0..<100 {
                group.addTask {
                    try await store.append([
                        .init(try event(.started, visit: "v\(index)")), .init(try event(.ended, visit: "v\(index)")),
                    ])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(batches.flatMap { $0 }.compactMap(\.sequence)) == Set(1...200))
        for batch in batches {
            #expect(batch.map(\.event.phase) == [.started, .ended])
            #expect(batch.first?.sequence.map { $0 + 1 } == batch.last?.sequence)
            #expect(Set(batch.map(\.event.id)).count == 1)
        }
    }

    @Test("a caller that goes away in the middle takes nobody's events with it")
    func cancelled() async throws {
        let folder = try TemporaryFolder()
        let store = store(try folder.open())
        let callers = try (0..<50).map { index in
            let event = try event(.started, visit: "v\(index)")
            return Task { try await store.append(event).sequence }
        }
        for (index, caller) in callers.enumerated() where index % 3 == 0 { caller.cancel() }
        var sequences: Set<Int64?> = []
        for caller in callers { sequences.insert(try await caller.value) }
        #expect(sequences.compactMap { $0 }.sorted() == Array(1...50))
        #expect(Set(try await store.unsentEvents(limit: 100).map(\.sequence)) == sequences)
    }

    @Test("a full disk refuses the events of that moment and no others")
    func diskFull() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = store(database)
        try await store.append(try event(.started))
        try await database.limit(toPages: 1)
        var accepted = 1
        var refused: StoreError?
        for _ in 0..<1000 where refused == nil {
            do {
                try await store.append(try event(.updated))
                accepted += 1
            } catch let error as StoreError { refused = error }
        }
        #expect(refused == .full(path: database.path))
        #expect(try await store.unsentEvents(limit: 2000).count == accepted)
        try await database.limit(toPages: 100_000)
        try await store.append(try event(.ended))
        #expect(try await store.unsentEvents(limit: 2000).count == accepted + 1)
    }

    @Test("an event that cannot be read does not block the outbox; it is counted as dropped")
    func brokenEvent() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = store(database)
        for index in 0..<3 { try await store.append(try event(.started, visit: "v\(index)")) }
        try SQLiteConnection(path: database.path).script(
            "UPDATE event SET body = x'00' WHERE sequence = 1")
        #expect(try await store.unsentEvents(limit: 10).map(\.sequence) == [2, 3])
        #expect(try await store.droppedCount().events == 1)
        #expect(try await store.unsentEvents(limit: 1).map(\.sequence) == [2])
    }

    @Test("random traffic against a simple model: order, counts and drops agree", arguments: 1...10)
    func schedule(seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        var folder = try TemporaryFolder()
        let limits = EventStore.Limits(unsentCount: 20, historyCount: 30)
        var store = store(try folder.open(), limits: limits)
        var waiting: [(sequence: Int64?, isUpdate: Bool)] = []
        var dropped = 0
        for step in 0..<150 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let phase = try #require([Event.Phase.started, .updated, .ended].randomElement(using: &random))
                waiting.append((try await store.append(try event(phase)).sequence, phase == .updated))
                if waiting.count > 20 {
                    waiting.remove(at: waiting.firstIndex(where: \.isUpdate) ?? 0)
                    dropped += 1
                }
            case 6..<9:
                let batch = try await store.unsentEvents(limit: Int.random(in: 1...5, using: &random))
                #expect(batch.map(\.sequence) == waiting.prefix(batch.count).map(\.sequence))
                try await store.markSent(batch.map(\.sequence))
                waiting.removeFirst(batch.count)
            default:
                // What a cut takes of it is another test's.
                #expect(await store.flush())
                folder = try folder.afterPowerCut()
                store = self.store(try folder.open(), boot: "boot-\(step)", limits: limits)
            }
            #expect(try await store.backlog().events == waiting.count)
        }
        #expect(try await store.droppedCount().events == dropped)
    }
}

@Suite struct TimeQualityTests {
    @Test("the kernel answers, whatever it says here")
    func kernel() { #expect([.synchronized, .unsynchronized].contains(TimeQuality.now())) }
}
