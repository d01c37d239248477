import Base
import Foundation
import Store
import Testing

/// Somebody asks to be forgotten: what was recorded of them goes, and what was recorded of others stays.
@Suite struct ForgettingTests {
    private func visit(
        _ id: String, _ phase: Event.Phase, since: Int64, at: Int64, camera: String = "front",
        processor: String = "faces", named name: String? = nil
    ) throws -> Event {
        var event = try event(phase, visit: id, atMilliseconds: at, processor: processor)
        event.camera = try #require(CameraName(camera))
        event.since = MonotonicTime(nanoseconds: since * 1_000_000)
        event.sessionID = "session-\(id)"
        event.face = name.map { FaceVerdict(name: $0, similarity: 97, looksAgreed: 3, looksTaken: 4) }
        return event
    }

    private func store(_ folder: TemporaryFolder) throws -> EventStore {
        let clock = HandClock()
        clock.set(now: 0, offset: 1_800_000_000_000)
        return EventStore(try folder.open(), bootID: "boot", clock: clock.clock, logger: silent)
    }

    @Test("the visits of that name go with all their events, those of others and of nobody stay")
    func named() async throws {
        let folder = try TemporaryFolder(), store = try store(folder)
        try await store.append(try visit("a", .started, since: 0, at: 0))
        try await store.append(try visit("a", .updated, since: 0, at: 4000, named: "anna"))
        try await store.append(try visit("a", .ended, since: 0, at: 9000))
        try await store.append(try visit("b", .ended, since: 60_000, at: 70_000, named: "ben"))
        try await store.append(try visit("c", .ended, since: 90_000, at: 95_000))
        let gone = try await store.forget("anna")
        #expect(gone.map(\.id) == ["a"] && gone.first?.sessionID == "session-a")
        #expect(gone.first.map { $0.until.milliseconds - $0.from.milliseconds } == 9000)
        #expect(try await store.recent(limit: 10).map(\.event.id) == ["c", "b"])
        #expect(try await store.forget("anna").isEmpty)
    }

    @Test(
        "what another processor of the same camera saw at that time shows the same person, and goes; another camera's stays"
    )
    func sameMinutes() async throws {
        let folder = try TemporaryFolder(), store = try store(folder)
        try await store.append(try visit("a", .ended, since: 20_000, at: 40_000, named: "anna"))
        try await store.append(try visit("same", .ended, since: 10_000, at: 22_000, processor: "door"))
        try await store.append(try visit("earlier", .ended, since: 0, at: 5_000, processor: "door"))
        try await store.append(try visit("garden", .ended, since: 20_000, at: 40_000, camera: "garden"))
        #expect(try await store.forget("anna").map(\.id) == ["a", "same"])
        #expect(Set(try await store.recent(limit: 10).map(\.event.id)) == ["earlier", "garden"])
    }

    @Test("the name is in no file of the store any more, nor in its log")
    func erased() async throws {
        let folder = try TemporaryFolder(), store = try store(folder)
        let name = "annabella-of-the-third-floor"
        for index in 0..<20 {
            try await store.append(try visit("v\(index)", .ended, since: 0, at: 1000, named: name))
        }
        func isWritten() throws -> Bool {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).contains { file in
                let data = try Data(contentsOf: URL(filePath: "\(folder.path)/\(file)"))
                return data.range(of: Data(name.utf8)) != nil
            }
        }
        #expect(try isWritten())
        #expect(try await store.forget(name).count == 20)
        #expect(try !isWritten())
    }

    @Test("what waited for the broker is not sent any more")
    func unsent() async throws {
        let folder = try TemporaryFolder(), store = try store(folder)
        try await store.append(try visit("a", .ended, since: 0, at: 1000, named: "anna"))
        #expect(try await store.unsentEvents(limit: 10).count == 1)
        _ = try await store.forget("anna")
        #expect(try await store.unsentEvents(limit: 10).isEmpty)
    }
}

extension ForgettingTests {
    @Test(
        "records of a data stream that name somebody go, from memory and from the disk; those of others are read as before"
    )
    func records() async throws {
        let folder = try TemporaryFolder()
        let arn = try #require(DataStreamARN("arn:aws:kinesis:local:000000000000:stream/door"))
        let store = RecordStore(try folder.open(), logger: silent)
        await store.open()
        await store.name([arn])
        func record(_ name: String) -> [UInt8] {
            Array(#"{"MatchedFaces":[{"Face":{"ExternalImageId":"\#(name)"}}]}"#.utf8)
        }
        for name in ["anna", "annabella"] { await store.append(record(name), key: "k", isLasting: true, to: arn.name) }
        await store.flush()
        for name in ["anna", "ben"] { await store.append(record(name), key: "k", isLasting: true, to: arn.name) }
        try await store.forget("anna")
        func left(_ store: RecordStore) async throws -> [[UInt8]] {
            try #require(try await store.page(of: arn.name, from: 0, limit: 10, bytes: 1 << 20)).records.map(\.data)
        }
        #expect(try await left(store) == [record("annabella"), record("ben")])
        await store.flush()
        let again = RecordStore(try folder.open(), logger: silent)
        await again.open()
        #expect(try await left(again) == [record("annabella"), record("ben")])
    }
}
