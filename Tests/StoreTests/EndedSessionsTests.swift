import Base
import Foundation
import Store
import Testing

@Suite("Sessions whose end the broker has heard while the store could not be written")
struct EndedSessionsTests {
    private let one = "6f1c3c4e-0a52-4f4f-9d1f-7a0d3c2b1a01"
    private let two = "6f1c3c4e-0a52-4f4f-9d1f-7a0d3c2b1a02"

    @Test("after a restart such a session does not say once more that it is over; others do")
    func onceOnly() async throws {
        let folder = try TemporaryFolder()
        let before = EndedSessions(storage: folder.path, runtimeFolder: nil)
        let database = try folder.open()
        let sessions = SessionStore(database, ended: before, logger: silent)
        for id in [one, two] { _ = await sessions.keep(session: id, Array("{}".utf8)) }
        await before.note([one])
        let cut = try folder.afterPowerCut()
        let after = EndedSessions(storage: cut.path, runtimeFolder: nil)
        #expect(after.all == [one])
        let next = SessionStore(try cut.open(), ended: after, logger: silent)
        #expect(await next.leftOpen().map(\.id) == [two])
        #expect(after.all.isEmpty, "the store has forgotten it, so this may, too")
        #expect(EndedSessions(storage: cut.path, runtimeFolder: nil).all.isEmpty)
    }

    @Test("the broker's acknowledgement forgets the session, without a trace when the store can be written")
    func marked() async throws {
        let folder = try TemporaryFolder()
        let ended = EndedSessions(storage: folder.path, runtimeFolder: nil)
        let database = try folder.open()
        let sessions = SessionStore(database, ended: ended, logger: silent)
        _ = await sessions.keep(session: one, Array("{}".utf8))
        let events = EventStore(database, bootID: "b", endedSessions: ended, logger: silent)
        try await events.markSent([OutboxEntry.ID.session(one)])
        #expect(await sessions.leftOpen().isEmpty && ended.all.isEmpty)
        database.close()
        await #expect(throws: StoreError.self) { try await events.markSent([OutboxEntry.ID.session(two)]) }
        #expect(EndedSessions(storage: folder.path, runtimeFolder: nil).all == [two])
    }

    @Test("the file keeps its size, so that a full disk has room for it, and a damaged one is nothing to stumble over")
    func size() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ended-sessions"
        let ended = EndedSessions(storage: folder.path, runtimeFolder: nil)
        let size = try #require(FileManager.default.contents(atPath: path)).count
        await ended.note((0..<EndedSessions.most + 5).map { "session-\($0)" })
        #expect(try #require(FileManager.default.contents(atPath: path)).count == size)
        #expect(ended.all.count == EndedSessions.most && ended.all.first == "session-5")
        try Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }).write(to: URL(fileURLWithPath: path))
        #expect(EndedSessions(storage: folder.path, runtimeFolder: nil).all.allSatisfy { !$0.isEmpty })
    }

    @Test("where the storage takes no writes at all, the runtime folder remembers over a restart of the program")
    func readOnly() async throws {
        let (folder, runtime) = (try TemporaryFolder(), try TemporaryFolder())
        // Nobody, not even root, writes to a folder as if it were a file.
        try FileManager.default.createDirectory(
            atPath: folder.path + "/ended-sessions", withIntermediateDirectories: false)
        await EndedSessions(storage: folder.path, runtimeFolder: runtime.path).note([one])
        let next = EndedSessions(storage: folder.path, runtimeFolder: runtime.path)
        #expect(next.all == [one])
        try FileManager.default.removeItem(atPath: folder.path + "/ended-sessions")
        let later = EndedSessions(storage: folder.path, runtimeFolder: runtime.path)
        await later.forget([one])
        #expect(EndedSessions(storage: folder.path, runtimeFolder: runtime.path).all.isEmpty)
    }
}
