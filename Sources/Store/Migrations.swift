/// The steps of the schema, in order. A step that has been shipped is never edited; a change is a new step.
enum Migrations {
    static let migrator = SQLiteMigrator([
        .init("1 processors and events", processors + events + counters),
        .init("2 open sessions", sessions),
        .init("3 notifications", notifications + probe),
        .init("4 data streams", dataStreams),
        .init("5 modes", modes),
    ])

    /// `body`: JSON of `Mode`. `isOn` of one at most.
    private static let modes = """
        CREATE TABLE mode (
            name TEXT PRIMARY KEY NOT NULL, isOn INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// `reserved`: numbers below may have been given. `time`: milliseconds since 1970. `bytes`: of `data`, which is read
    /// for its sum alone.
    private static let dataStreams = """
        CREATE TABLE dataStream (
            name TEXT PRIMARY KEY NOT NULL,
            arn TEXT NOT NULL,
            createdAt INTEGER NOT NULL,
            first INTEGER NOT NULL,
            reserved INTEGER NOT NULL,
            unnamedSince INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE dataRecord (
            id INTEGER PRIMARY KEY,
            stream TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            time INTEGER NOT NULL,
            partitionKey TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            data BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX dataRecordOfStream ON dataRecord (stream, sequence);
        CREATE INDEX dataRecordBytes ON dataRecord (id, bytes);
        """

    /// Notifications that wait for the broker. `number` is never given twice. `afterEvent`: the newest event when it
    /// came; those up to it go first.
    private static let notifications = """
        CREATE TABLE notification (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            afterEvent INTEGER NOT NULL,
            time INTEGER NOT NULL,
            timeQuality TEXT NOT NULL,
            topic TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            payload BLOB NOT NULL
        ) STRICT;
        """

    /// Written to find out whether there is room again; empty otherwise.
    private static let probe = """
        CREATE TABLE probe (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
        """

    /// `body`: JSON of `OpenSession`.
    private static let sessions = """
        CREATE TABLE openSession (id TEXT PRIMARY KEY NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
        """

    /// `body`: JSON of `ArchivedProcessor`.
    private static let processors = """
        CREATE TABLE processor (name TEXT PRIMARY KEY NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
        """

    /// `AUTOINCREMENT`: a sequence number is never given twice, even after its event is gone.
    /// `body`: JSON of `Event`. `openVisit` holds the last word of each visit that has not ended.
    private static let events = """
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
        """

    private static let counters = """
        CREATE TABLE counter (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """
}
