import CSQLite

extension SQLiteConnection {
    /// What a transaction takes hold of when it begins.
    package enum TransactionKind: String {
        /// Nothing: the first query fixes what it sees.
        case reading = "BEGIN DEFERRED"
        /// The right to write: who has it gets to the end.
        case writing = "BEGIN IMMEDIATE"
    }

    /// All of `body` or, when it throws, nothing.
    package func transaction<Outcome>(_ kind: TransactionKind, _ body: () throws -> Outcome) throws -> Outcome {
        try execute(kind.rawValue)
        do {
            let outcome = try body()
            try execute("COMMIT")
            return outcome
        } catch {
            // What is worse than a full statement SQLite has rolled back itself.
            if unsafe sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
            throw error
        }
    }

    /// Takes the write-ahead log into the file, and leaves nothing in it.
    /// - Throws: when a reader still needs it.
    package func emptyLog() throws(SQLiteError) {
        guard unsafe sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil) == SQLITE_OK else {
            throw unsafe .last(of: handle)
        }
    }

    /// Copies all that this connection's file holds over what the other one's holds.
    package func copy(into other: SQLiteConnection) throws(SQLiteError) {
        guard let backup = unsafe sqlite3_backup_init(other.handle, "main", handle, "main") else {
            throw unsafe .last(of: other.handle)
        }
        let outcome = unsafe sqlite3_backup_step(backup, -1)
        unsafe sqlite3_backup_finish(backup)
        guard outcome == SQLITE_DONE else { throw .code(outcome) }
    }
}
