/// The rows of a query, one after the other, as SQLite finds them; it stands on one of them. To be used up where the
/// connection is used; its statement goes back when it ends.
package struct SQLiteCursor: ~Copyable {
    private let connection: SQLiteConnection
    private let statement: SQLiteStatement

    /// - Parameter statement: with its values, not run yet.
    init(_ statement: SQLiteStatement, of connection: SQLiteConnection) {
        self.connection = connection
        self.statement = statement
    }

    deinit { connection.giveBack(statement) }

    /// Goes to the next row.
    /// - Returns: false when there is none any more.
    package mutating func next() throws(SQLiteError) -> Bool { try statement.step() }

    /// A column of this row by its name.
    /// - Throws: when there is none, or it holds another type of value (NULL is one, unless an optional is wanted).
    package subscript<Value: SQLiteValue>(name: String) -> Value {
        get throws(SQLiteError) {
            guard let value = Value.read(statement, try statement.column(name)) else {
                throw .otherType(name, statement.sql)
            }
            return value
        }
    }

    /// A column of this row by its place, from 0.
    package subscript<Value: SQLiteValue>(place: Int) -> Value {
        get throws(SQLiteError) {
            guard let value = Value.read(statement, try statement.column(place)) else {
                throw .otherType("\(place)", statement.sql)
            }
            return value
        }
    }
}
