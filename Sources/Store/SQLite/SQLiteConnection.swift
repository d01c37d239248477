import CSQLite

/// A connection to a SQLite file, for one thread at a time: `SQLiteQueue` sees to that. Closed when it goes.
///
/// Statements that were used are kept for the next time, the newest of them.
@safe package final class SQLiteConnection {
    let handle: OpaquePointer
    /// Not in use; the one that was used last is the last.
    private var statements: [SQLiteStatement] = []
    private let mostStatements: Int

    /// - Parameters:
    ///   - path: of the file, which is made when there is none; a URI that begins with `file:`; or `:memory:`.
    ///   - busyMilliseconds: how long to wait for others that use the file.
    ///   - mostStatements: that are kept.
    package init(
        path: String, isReadOnly: Bool = false, busyMilliseconds: CInt = 0, mostStatements: Int = 8
    ) throws(SQLiteError) {
        var opened: OpaquePointer?
        let access = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let code = unsafe sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened = unsafe opened else {
            // There is a connection even then, which knows what went wrong.
            defer { unsafe sqlite3_close_v2(opened) }
            throw unsafe .last(of: opened)
        }
        unsafe handle = unsafe opened
        self.mostStatements = mostStatements
        unsafe sqlite3_extended_result_codes(handle, 1)
        unsafe sqlite3_busy_timeout(handle, busyMilliseconds)
        guard unsafe CSQLite_take_no_quoted_text(handle) == SQLITE_OK else { throw unsafe .last(of: handle) }
        try script("PRAGMA foreign_keys = ON")
    }

    deinit {
        statements.removeAll()
        unsafe sqlite3_close_v2(handle)
    }

    // MARK: Statements

    /// Runs any number of statements without values, and without keeping them. PRAGMAs belong here: some of them act while
    /// they are prepared, and only then.
    package func script(_ sql: String) throws(SQLiteError) {
        guard unsafe sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
            throw unsafe .last(of: handle, sql)
        }
    }

    /// Runs one statement to its end.
    /// - Parameter values: one for each `?`.
    package func execute(_ sql: String, _ values: [any SQLiteValue] = []) throws(SQLiteError) {
        var cursor = try cursor(sql, values)
        while try cursor.next() {}
    }

    /// The rows of one query, before the first of them.
    /// - Parameter values: one for each `?`.
    package func cursor(_ sql: String, _ values: [any SQLiteValue] = []) throws(SQLiteError) -> SQLiteCursor {
        let statement = try taken(sql)
        // From here on the cursor gives it back.
        let cursor = SQLiteCursor(statement, of: self)
        try statement.bind(values)
        return cursor
    }

    /// What `make` makes of each row.
    package func all<Element>(
        _ sql: String, _ values: [any SQLiteValue] = [], _ make: (borrowing SQLiteCursor) throws -> Element
    ) throws -> [Element] {
        var elements: [Element] = []
        var cursor = try cursor(sql, values)
        while try cursor.next() { elements.append(try make(cursor)) }
        return elements
    }

    /// The first column of the first row; nil when there is no row.
    package func value<Value: SQLiteValue>(
        _ sql: String, _ values: [any SQLiteValue] = []
    ) throws(SQLiteError) -> Value? {
        var cursor = try cursor(sql, values)
        guard try cursor.next() else { return nil }
        // With its type: an optional would take NULL for no row.
        let value: Value = try cursor[0]
        return value
    }

    /// One that is not in use, or a new one.
    private func taken(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let index = statements.lastIndex(where: { $0.sql == sql }) { return statements.remove(at: index) }
        return unsafe try SQLiteStatement(sql, on: handle, isKept: Self.isWorthKeeping(sql))
    }

    private static func isWorthKeeping(_ sql: String) -> Bool { !sql.hasPrefix("PRAGMA") }

    func giveBack(_ statement: SQLiteStatement) {
        statement.reset()
        guard Self.isWorthKeeping(statement.sql) else { return }
        statements.append(statement)
        if statements.count > mostStatements { statements.removeFirst() }
    }

    // MARK: What the last statement did

    /// How many rows the last INSERT, UPDATE or DELETE touched.
    package var changesCount: Int { unsafe Int(sqlite3_changes(handle)) }

    /// The number of the row that was inserted last.
    package var lastInsertedRowID: Int64 { unsafe sqlite3_last_insert_rowid(handle) }
}
