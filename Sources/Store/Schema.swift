/// What stands in one of the SQLite files, and how it is to be treated.
struct Schema: Sendable {
    let entry: StorageEntry
    /// Of its queue.
    let label: String
    let migrator: SQLiteMigrator
    /// For each connection, before it is used.
    let prepare: @Sendable (SQLiteConnection) throws -> Void
    /// Of a page: what SQLite writes at least. Rows of a few hundred bytes on small ones spare an SD card.
    let pageBytes: Int
    /// It holds numbers and counters that go into the file that follows a damaged one.
    let carriesOver: Bool
    /// With a damaged file, for the log.
    let whatIsLost: String

    /// Stream processors, sessions, events.
    static let events = Schema(
        entry: .database, label: "store", migrator: Migrations.migrator, prepare: { _ in }, pageBytes: 1024,
        carriesOver: true,
        whatIsLost: "stream processors and unsent events are lost")

    private static let facePageBytes = 4096

    /// Collections of faces. What is deleted is overwritten, also in pages that become free.
    static let faces = Schema(
        entry: .faces, label: "faces", migrator: FaceMigrations.migrator,
        prepare: { db in
            try db.script("PRAGMA secure_delete = ON")
            if case .bytes(let most) = StorageEntry.faces.row.bound {
                try db.script("PRAGMA max_page_count = \(most / facePageBytes)")
            }
        }, pageBytes: facePageBytes, carriesOver: false,
        whatIsLost: "collections of faces are lost, and have to be filled again")
}
