import Base
import Foundation
import Logging
import Store
import Synchronization
import Testing

@Suite struct OutboxTests {
    private func note(_ text: String) -> SessionNotification {
        SessionNotification(topic: "door", payload: Array(text.utf8))
    }

    private func words(_ entries: [OutboxEntry]) -> [String] {
        entries.map { entry in
            switch entry.content {
            case .event(let recorded): recorded.event.id
            case .notification(_, let payload): String(decoding: payload, as: UTF8.self)
            }
        }
    }

    @Test(
        "events and notifications come out in the order in which they came, whatever the limit, also after a power cut")
    func order() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let (events, sessions) = (
            EventStore(database, bootID: "b", logger: silent), SessionStore(database, logger: silent)
        )
        #expect(await sessions.put(note("n0"), ending: nil))
        try await events.append(try event(.started, visit: "e1"))
        #expect(await sessions.put(note("n1"), ending: nil))
        #expect(await sessions.put(note("n2"), ending: nil))
        try await events.append(try event(.updated, visit: "e2"))
        try await events.append(try event(.ended, visit: "e3"))
        #expect(await sessions.put(note("n3"), ending: nil))
        let expected = ["n0", "e1", "n1", "n2", "e2", "e3", "n3"]
        let after = EventStore(try folder.afterPowerCut().open(), bootID: "c", logger: silent)
        for limit in [1, 2, 3, 100] {
            var (seen, position): ([String], OutboxPosition) = ([], OutboxPosition())
            while case let batch = try await after.unsent(limit: limit, after: position), !batch.isEmpty {
                seen += words(batch)
                for entry in batch { position.pass(entry.id) }
            }
            #expect(seen == expected, "limit \(limit)")
        }
    }

    @Test("what is marked as sent does not come again, and leaves nothing behind")
    func sent() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let (events, sessions) = (
            EventStore(database, bootID: "b", logger: silent), SessionStore(database, logger: silent)
        )
        for text in ["n0", "n1"] { #expect(await sessions.put(note(text), ending: nil)) }
        let first = try #require(try await events.unsent(limit: 1).first)
        try await events.markSent([first.id])
        let after = EventStore(try folder.afterPowerCut().open(), bootID: "c", logger: silent)
        #expect(words(try await after.unsent(limit: 9)) == ["n1"])
        #expect(try await after.backlog().notifications == 1)
    }

    @Test("a session and its last word are one: both are there after a power cut, or the session is still open")
    func lastWord() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let sessions = SessionStore(database, logger: silent)
        #expect(await sessions.keep(session: "s", [1]))
        #expect(await sessions.put(note("complete"), ending: "s"))
        let cut = try folder.afterPowerCut().open()
        #expect(await SessionStore(cut, logger: silent).leftOpen().isEmpty)
        let outbox = EventStore(cut, bootID: "c", logger: silent)
        #expect(words(try await outbox.unsent(limit: 9)) == ["complete"])
    }

    @Test(
        "with the broker away for ever notifications are bounded by number and by bytes; the oldest go and are counted")
    func bounded() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let (events, sessions) = (
            EventStore(database, bootID: "b", logger: silent), SessionStore(database, logger: silent)
        )
        let large = SessionNotification(topic: "door", payload: [UInt8](repeating: 65, count: 1 << 20))
        for _ in 0..<10 { #expect(await sessions.put(large, ending: nil)) }
        #expect(try await events.backlog().notifications == 8)
        #expect(try await events.droppedCount().notifications == 2)
        #expect(await sessions.put(note("newest"), ending: nil))
        #expect(words(try await events.unsent(limit: 99)).last == "newest")
    }

    @Test("a database of the version before gets the outbox for notifications and keeps what it has")
    func migration() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        try await EventStore(database, bootID: "b", logger: silent).append(try event(.started, visit: "old"))
        database.close()
        try SQLiteConnection(path: database.path).script(
            """
            DROP TABLE notification; DROP TABLE probe;
            DELETE FROM grdb_migrations WHERE identifier = '3 notifications'
            """)
        let again = try folder.open()
        #expect(await SessionStore(again, logger: silent).put(note("new"), ending: nil))
        let outbox = EventStore(again, bootID: "c", logger: silent)
        #expect(words(try await outbox.unsent(limit: 9)) == ["old", "new"])
    }
}

/// The disk is full, and then it is not.
@Suite struct FullStoreTests {
    /// Fills the database file to the last page that it may have.
    private func fill(_ database: Database, _ store: EventStore) async throws {
        try await database.limit(toPages: 1)
        for _ in 0..<1000 where database.trouble == nil {
            _ = await store.record([.init(try event(.updated, visit: "filler"))])
        }
        try #require(database.trouble != nil)
    }

    @Test("events come back without a number, are counted, and the trouble is told in words")
    func told() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = EventStore(database, bootID: "b", logger: silent)
        try await fill(database, store)
        let before = await store.notStoredCount
        let told = await store.record([.init(try event(.started)), .init(try event(.ended))])
        #expect(told.map(\.sequence) == [nil, nil])
        #expect(told.map(\.event.phase) == [.started, .ended] && told.map(\.bootID) == ["b", "b"])
        #expect(await store.notStoredCount == before + 2)
        #expect(database.trouble?.words.hasPrefix("store full: ") == true)
        try await database.limit(toPages: 100_000)
        await store.recover()
        #expect(database.trouble == nil)
        #expect(await store.record([.init(try event(.started))]).first?.sequence != nil)
    }

    @Test("a visit whose end could not be stored is not ended again after a restart; one that is open then is")
    func visits() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = EventStore(database, bootID: "b", logger: silent)
        try await store.append(try event(.started, visit: "ended"))
        try await fill(database, store)
        _ = await store.record([.init(try event(.started, visit: "open")), .init(try event(.ended, visit: "ended"))])
        _ = await store.record([.init(try event(.updated, visit: "open", atMilliseconds: 7))])
        try await database.limit(toPages: 100_000)
        await store.recover()
        let after = EventStore(try folder.afterPowerCut().open(), bootID: "c", logger: silent)
        let open = try await after.openVisits(beforeBoot: "c").filter { $0.id != "filler" }
        #expect(open.map(\.id) == ["open"] && open.map(\.at.milliseconds) == [7])
    }

    @Test("the log says once that the store is full, and once that it is not")
    func log() async throws {
        let folder = try TemporaryFolder()
        let lines = LogLines()
        let logger = Logger(label: "test") { _ in lines.handler }
        let database = try Database.opening(in: folder.path, logger: logger)
        let store = EventStore(database, bootID: "b", logger: logger)
        let sessions = SessionStore(database, logger: logger)
        try await fill(database, store)
        for _ in 0..<20 {
            _ = await store.record([.init(try event(.started))])
            _ = await sessions.keep(session: "s", [UInt8](repeating: 1, count: 9000))
            await store.recover()
        }
        #expect(lines.all.count == 1, "\(lines.all)")
        try await database.limit(toPages: 100_000)
        for _ in 0..<3 { await store.recover() }
        #expect(lines.all.count == 2, "\(lines.all)")
    }
}

/// Keeps what is logged.
private final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var handler: Handler { Handler(lines: self) }

    struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        init(lines: LogLines) { self.lines = lines }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(
            level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String,
            function: String, line: UInt
        ) { lines.lines.withLock { $0.append("\(level): \(message)") } }
    }
}
