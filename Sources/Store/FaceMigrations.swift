/// The steps of the faces' schema, in order. A step that has been shipped is never edited; a change is a new step.
enum FaceMigrations {
    static let migrator = SQLiteMigrator([
        .init("1 collections", collections + faces + probe),
        .init("2 ages and strangers", ages + strangers),
    ])

    /// `tags`: a JSON object of strings. `model` and what follows is of the vectors; null before the first face.
    private static let collections = """
        CREATE TABLE collection (
            id TEXT PRIMARY KEY NOT NULL,
            created INTEGER NOT NULL,
            tags TEXT NOT NULL,
            model TEXT,
            dimension INTEGER,
            slope REAL,
            middle REAL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE person (
            collection TEXT NOT NULL REFERENCES collection ON DELETE CASCADE,
            id TEXT NOT NULL,
            PRIMARY KEY (collection, id)
        ) STRICT, WITHOUT ROWID;
        """

    /// `vector`: floats of 32 bits, little-endian. `thumbnail`: a small JPEG, only when the owner asked for it.
    private static let faces = """
        CREATE TABLE face (
            collection TEXT NOT NULL REFERENCES collection ON DELETE CASCADE,
            id TEXT NOT NULL,
            imageID TEXT NOT NULL,
            externalImageID TEXT,
            person TEXT,
            x REAL NOT NULL,
            y REAL NOT NULL,
            width REAL NOT NULL,
            height REAL NOT NULL,
            confidence REAL NOT NULL,
            vector BLOB NOT NULL,
            thumbnail BLOB,
            PRIMARY KEY (collection, id)
        ) STRICT;
        """

    /// When a face was added, in milliseconds since 1970; 0: not known.
    private static let ages = """
        ALTER TABLE face ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
        """

    /// People without a name who came by, only when the owner asked for it. `model` and what follows is of the vector.
    private static let strangers = """
        CREATE TABLE stranger (
            id TEXT PRIMARY KEY NOT NULL,
            model TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            slope REAL NOT NULL,
            middle REAL NOT NULL,
            vector BLOB NOT NULL,
            visits INTEGER NOT NULL,
            met INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Written to find out whether there is room again; empty otherwise.
    private static let probe = """
        CREATE TABLE probe (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
        """
}
