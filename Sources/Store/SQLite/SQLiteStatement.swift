import CSQLite
import Glibc

/// One prepared statement, used by whoever uses its connection; finalised when it goes. Whoever wants rows has a
/// `SQLiteCursor`.
@safe package final class SQLiteStatement {
    let sql: String
    private let statement: OpaquePointer
    private let connection: OpaquePointer

    /// - Parameter isKept: it lives for longer than a moment; SQLite then takes it no memory that short ones want.
    init(_ sql: String, on connection: OpaquePointer, isKept: Bool) throws(SQLiteError) {
        var statement: OpaquePointer?
        let flags = UInt32(isKept ? SQLITE_PREPARE_PERSISTENT : 0)
        let (code, isAlone) = unsafe sql.withCString { text in
            var rest: UnsafePointer<CChar>?
            let code = unsafe sqlite3_prepare_v3(connection, text, -1, flags, &statement, &rest)
            return unsafe (code, rest.map { unsafe $0.pointee == 0 } ?? true)
        }
        guard code == SQLITE_OK else { throw unsafe .last(of: connection, sql) }
        guard let statement = unsafe statement else { throw .misuse("no statement", sql) }
        guard isAlone else {
            unsafe sqlite3_finalize(statement)
            throw .misuse("more than one statement", sql)
        }
        self.sql = sql
        unsafe self.statement = unsafe statement
        unsafe self.connection = unsafe connection
    }

    deinit { unsafe sqlite3_finalize(statement) }

    // MARK: Running

    /// - Parameter values: one for each `?`.
    func bind(_ values: [any SQLiteValue]) throws(SQLiteError) {
        let wanted = unsafe Int(sqlite3_bind_parameter_count(statement))
        guard values.count == wanted else { throw .misuse("\(values.count) values for \(wanted) parameters", sql) }
        for (value, parameter) in zip(values, 1...CInt.max) {
            guard value.bind(to: self, parameter) == SQLITE_OK else { throw unsafe .last(of: connection, sql) }
        }
    }

    /// - Returns: whether there is a row.
    func step() throws(SQLiteError) -> Bool {
        switch unsafe sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw unsafe .last(of: connection, sql)
        }
    }

    /// As it was when it was prepared: it holds no lock and no values.
    func reset() {
        unsafe sqlite3_reset(statement)
        unsafe sqlite3_clear_bindings(statement)
    }

    // MARK: Columns of the row

    /// 0 when there is no row.
    private var columnCount: CInt { unsafe sqlite3_data_count(statement) }

    /// - Throws: when there is no row, or it has no such column.
    func column(_ name: String) throws(SQLiteError) -> CInt {
        let found = unsafe name.withCString { name in
            (0..<columnCount).first { column in
                unsafe sqlite3_column_name(statement, column).map { unsafe strcmp($0, name) == 0 } ?? false
            }
        }
        guard let found else { throw .misuse("no column \(name)", sql) }
        return found
    }

    /// - Throws: when there is no row, or it has fewer columns.
    func column(_ index: Int) throws(SQLiteError) -> CInt {
        guard let column = CInt(exactly: index), (0..<columnCount).contains(column) else {
            throw .misuse("no column \(index)", sql)
        }
        return column
    }

    private func type(_ column: CInt) -> CInt { unsafe sqlite3_column_type(statement, column) }

    func isNull(_ column: CInt) -> Bool { type(column) == SQLITE_NULL }

    func integer(_ column: CInt) -> Int64? {
        type(column) == SQLITE_INTEGER ? unsafe sqlite3_column_int64(statement, column) : nil
    }

    func real(_ column: CInt) -> Double? {
        let type = type(column)
        return type == SQLITE_FLOAT || type == SQLITE_INTEGER ? unsafe sqlite3_column_double(statement, column) : nil
    }

    func text(_ column: CInt) -> String? {
        guard type(column) == SQLITE_TEXT, let text = unsafe sqlite3_column_text(statement, column) else { return nil }
        let count = unsafe Int(sqlite3_column_bytes(statement, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    /// - Parameter copy: the bytes are there for as long as it runs.
    func blob<Bytes>(_ column: CInt, _ copy: (UnsafeRawBufferPointer) -> Bytes) -> Bytes? {
        guard type(column) == SQLITE_BLOB else { return nil }
        // Null for a blob of no bytes.
        let start = unsafe sqlite3_column_blob(statement, column)
        let count = unsafe start == nil ? 0 : unsafe Int(sqlite3_column_bytes(statement, column))
        return unsafe copy(UnsafeRawBufferPointer(start: start, count: count))
    }

    // MARK: Parameters

    func bindNull(_ parameter: CInt) -> CInt { unsafe sqlite3_bind_null(statement, parameter) }

    func bind(_ number: Int64, _ parameter: CInt) -> CInt { unsafe sqlite3_bind_int64(statement, parameter, number) }

    func bind(_ number: Double, _ parameter: CInt) -> CInt { unsafe sqlite3_bind_double(statement, parameter, number) }

    func bind(_ text: String, _ parameter: CInt) -> CInt {
        var text = text
        // With the length, since there may be a zero byte in it.
        return text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe CSQLite_bind_text(statement, parameter, characters.baseAddress, UInt64(characters.count))
            }
        }
    }

    func bind(_ bytes: UnsafeRawBufferPointer, _ parameter: CInt) -> CInt {
        // Without an address SQLite would take it for NULL.
        guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else {
            return unsafe sqlite3_bind_zeroblob(statement, parameter, 0)
        }
        return unsafe CSQLite_bind_blob(statement, parameter, start, UInt64(bytes.count))
    }
}
