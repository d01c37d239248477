import Base
import Foundation
import Store
import Testing

@Suite struct SQLiteMigratorTests {
    private let first = SQLiteMigrator.Step("1 people", "CREATE TABLE person (id INTEGER PRIMARY KEY) STRICT")

    @Test("a step is taken once, and the next version goes on from there")
    func steps() throws {
        let db = try SQLiteConnection(path: ":memory:")
        for _ in 0..<2 { try SQLiteMigrator([first]).migrate(db) }
        let longer = SQLiteMigrator([first, .init("2 pets", "CREATE TABLE pet (id INTEGER PRIMARY KEY) STRICT")])
        try longer.migrate(db)
        #expect(
            try db.all("SELECT identifier FROM grdb_migrations ORDER BY identifier") { try $0[0] as String } == [
                "1 people", "2 pets",
            ])
        #expect(try !longer.hasBeenSuperseded(db))
        #expect(try SQLiteMigrator([first]).hasBeenSuperseded(db), "an older version leaves it alone")
    }

    @Test("a step that fails leaves the file as it was before it, and is tried again")
    func failure() throws {
        let db = try SQLiteConnection(path: ":memory:")
        let broken = SQLiteMigrator([
            first, .init("2 pets", "CREATE TABLE pet (id INTEGER); INSERT INTO nowhere VALUES (1)"),
        ])
        for _ in 0..<2 { #expect(throws: SQLiteError.self) { try broken.migrate(db) } }
        #expect(try db.value("SELECT group_concat(identifier) FROM grdb_migrations") == "1 people")
        #expect(try db.value("SELECT count(*) FROM sqlite_master WHERE name = 'pet'") == 0)
        #expect(try db.value("PRAGMA foreign_keys") == 1)
    }

    @Test("a step that leaves faces of nobody is not taken")
    func danglingRows() throws {
        let db = try SQLiteConnection(path: ":memory:")
        let faces = SQLiteMigrator.Step(
            "2 faces", "CREATE TABLE face (person INTEGER REFERENCES person) STRICT; INSERT INTO face VALUES (7)")
        #expect(throws: SQLiteError.self) { try SQLiteMigrator([first, faces]).migrate(db) }
        #expect(try db.value("SELECT count(*) FROM sqlite_master WHERE name = 'face'") == 0)
    }

    /// `porchlight.sqlite` as the versions before this one made it, with GRDB: after its third step, with a processor, an
    /// event that waits for the broker, and a visit that is open.
    private static let oldFile = """
        PRAGMA journal_mode = WAL;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('1 processors and events'), ('2 open sessions'), ('3 notifications');
        CREATE TABLE processor (name TEXT PRIMARY KEY NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE event (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            bootID TEXT NOT NULL,
            time INTEGER NOT NULL,
            timeQuality TEXT NOT NULL,
            processor TEXT NOT NULL,
            phase TEXT NOT NULL,
            isSent INTEGER NOT NULL DEFAULT 0,
            imagePath TEXT,
            bytes INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX unsentEvent ON event (phase, sequence, bytes) WHERE isSent = 0;
        CREATE TABLE openVisit (
            id TEXT PRIMARY KEY NOT NULL, bootID TEXT NOT NULL, sequence INTEGER NOT NULL, body BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE counter (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE openSession (id TEXT PRIMARY KEY NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE notification (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            afterEvent INTEGER NOT NULL,
            time INTEGER NOT NULL,
            timeQuality TEXT NOT NULL,
            topic TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            payload BLOB NOT NULL
        ) STRICT;
        CREATE TABLE probe (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
        INSERT INTO counter VALUES ('eventsDropped', 3);
        INSERT INTO openSession VALUES ('session', x'7B7D');
        """

    @Test("a box whose file was made by an earlier version keeps its processors, events, counters and sessions")
    func oldFiles() async throws {
        let folder = try TemporaryFolder()
        let kept = try event(.started, visit: "v", atMilliseconds: 5)
        do {
            let old = try SQLiteConnection(path: folder.path + "/porchlight.sqlite")
            try old.script(Self.oldFile)
            try old.execute("INSERT INTO processor VALUES (?, ?)", ["a", try JSONEncoder().encode(try processor("a"))])
            let body = try JSONEncoder().encode(kept)
            try old.execute(
                """
                INSERT INTO event (sequence, bootID, time, timeQuality, processor, phase, bytes, body)
                VALUES (41, 'boot-1', 5, 'synchronized', 'door', 'started', ?, ?)
                """, [body.count, body])
            try old.execute("INSERT INTO openVisit VALUES ('v', 'boot-1', 41, ?)", [body])
        }
        let database = try folder.open()
        #expect(database.movedAside == nil && database.trouble == nil)
        let events = EventStore(database, bootID: "boot-2", clock: HandClock().clock, logger: silent)
        #expect(try await events.recent(limit: 10).map(\.event) == [kept])
        #expect(try await events.unsentEvents(limit: 10).map(\.sequence) == [41])
        #expect(try await events.openVisits(beforeBoot: "boot-2").map(\.id) == ["v"])
        #expect(try await events.droppedCount().events == 3)
        #expect(try #require(try await events.append(try event(.started, visit: "w")).sequence) > 41)
        #expect(try await ProcessorStore(database, logger: silent).load() == [try processor("a")])
        #expect(await SessionStore(database, logger: silent).leftOpen().map(\.id) == ["session"])
        #expect(try await ModeStore(database, logger: silent).loadModes().modes.isEmpty, "what came later is there")
    }
}
