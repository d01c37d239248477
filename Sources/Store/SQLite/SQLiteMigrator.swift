/// Brings a file to the newest schema, step by step, and knows those that it has.
///
/// The table of the steps is that of GRDB, which wrote the files of boxes that are older than this.
package struct SQLiteMigrator: Sendable {
    /// A step that has been shipped is never edited.
    package struct Step: Sendable {
        /// As it stands in the table.
        package let name: String
        /// SQL.
        package let script: String

        /// - Parameters: see the properties.
        package init(_ name: String, _ script: String) {
            self.name = name
            self.script = script
        }
    }

    /// In their order.
    package let steps: [Step]

    /// - Parameter steps: in their order.
    package init(_ steps: [Step]) { self.steps = steps }

    /// The file knows a step that this program does not: a newer one has written it.
    package func hasBeenSuperseded(_ db: SQLiteConnection) throws -> Bool {
        !(try taken(db).isSubset(of: steps.map(\.name)))
    }

    /// Takes the steps that the file has not, each of them whole or not at all.
    package func migrate(_ db: SQLiteConnection) throws {
        let taken = try taken(db)
        let missing = steps.filter { !taken.contains($0.name) }
        guard !missing.isEmpty else { return }
        // A step may put a table in the place of another one; what points to it is looked at when it has ended.
        try db.script("PRAGMA foreign_keys = OFF")
        defer { try? db.script("PRAGMA foreign_keys = ON") }
        try db.execute("CREATE TABLE IF NOT EXISTS grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        for step in missing {
            try db.transaction(.writing) {
                try db.script(step.script)
                if let table: String = try db.value("PRAGMA foreign_key_check") { throw SQLiteError.foreignKey(table) }
                try db.execute("INSERT INTO grdb_migrations (identifier) VALUES (?)", [step.name])
            }
        }
    }

    private func taken(_ db: SQLiteConnection) throws -> Set<String> {
        let isThere: Int? = try db.value("SELECT count(*) FROM sqlite_master WHERE name = 'grdb_migrations'")
        guard isThere != 0 else { return [] }
        return Set(try db.all("SELECT identifier FROM grdb_migrations") { row in try row[0] as String })
    }
}
