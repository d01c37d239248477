import CSQLite

/// Why SQLite refused. It says the statement without its values: those may be what somebody is called.
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// What the program does something about; all else is `other`.
    package enum Kind: Sendable { case full, readOnly, damaged, other }

    /// SQLite's extended result code.
    package let code: Int
    /// SQLite's words.
    package let message: String
    /// Nil when it was no statement that failed.
    package let sql: String?

    package var description: String { "\(message) (code \(code))" + (sql.map { " in: \($0)" } ?? "") }

    package var kind: Kind {
        // The lowest byte is the result code that the others are kinds of.
        switch CInt(truncatingIfNeeded: code & 0xFF) {
        case SQLITE_FULL: .full
        case SQLITE_READONLY: .readOnly
        case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
        default: .other
        }
    }

    private init(_ code: CInt, _ message: String, _ sql: String? = nil) {
        self.code = Int(code)
        self.message = message
        self.sql = sql
    }

    /// What the connection says about its last call.
    /// - Parameter connection: nil when there was no memory for one.
    static func last(of connection: OpaquePointer?, _ sql: String? = nil) -> SQLiteError {
        guard let connection = unsafe connection else { return SQLiteError(SQLITE_NOMEM, "out of memory", sql) }
        let text = unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) }
        return unsafe SQLiteError(sqlite3_extended_errcode(connection), text ?? "no message", sql)
    }

    /// For calls that return their code and tell the connection nothing.
    static func code(_ code: CInt) -> SQLiteError {
        let text = unsafe sqlite3_errstr(code).map { unsafe String(cString: $0) }
        return SQLiteError(code, text ?? "no message")
    }

    static let closed = SQLiteError(SQLITE_MISUSE, "the connection is closed")

    static func misuse(_ message: String, _ sql: String) -> SQLiteError { SQLiteError(SQLITE_MISUSE, message, sql) }

    static func otherType(_ column: String, _ sql: String) -> SQLiteError {
        SQLiteError(SQLITE_MISMATCH, "column \(column) holds another type of value", sql)
    }

    static func foreignKey(_ table: String) -> SQLiteError {
        SQLiteError(SQLITE_CONSTRAINT, "rows of \(table) point to rows that are not there")
    }
}
