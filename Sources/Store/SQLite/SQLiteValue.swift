package import FoundationEssentials

/// What goes into a statement's parameters and comes out of its columns. `Optional` is NULL when it is nil.
package protocol SQLiteValue {
    /// Nil when the column holds another type of value, or NULL.
    static func read(_ statement: SQLiteStatement, _ column: CInt) -> Self?
    /// - Returns: SQLite's result code.
    func bind(to statement: SQLiteStatement, _ parameter: CInt) -> CInt
}

extension Int64: SQLiteValue {
    package static func read(_ statement: SQLiteStatement, _ column: CInt) -> Int64? { statement.integer(column) }
    package func bind(to statement: SQLiteStatement, _ parameter: CInt) -> CInt { statement.bind(self, parameter) }
}

extension Int: SQLiteValue {
    package static func read(_ statement: SQLiteStatement, _ column: CInt) -> Int? {
        statement.integer(column).flatMap { Int(exactly: $0) }
    }
    package func bind(to statement: SQLiteStatement, _ parameter: CInt) -> CInt {
        statement.bind(Int64(self), parameter)
    }
}

/// 0 and 1; every other number is true.
extension Bool: SQLiteValue {
    package static func read(_ statement: SQLiteStatement, _ column: CInt) -> Bool? {
        statement.integer(column).map { $0 != 0 }
    }
    package func bind(to statement: SQLiteStatement, _ parameter: CInt) -> CInt {
        statement.bind(Int64(self ? 1 : 0), parameter)
    }
}

extension Double: SQLiteValue {
    package static func read(_ statement: SQLiteStatement, _ column: CInt) -> Double? { statement.real(column) }
    package func bind(to statement: SQLiteStatement, _ parameter: CInt) -> CInt { statement.bind(self, parameter) }
}

/// UTF-8; zero bytes in it stay.
extension String: SQLiteValue {
    package static func read(_ statement: SQLiteStatement, _ column: CInt) -> String? { statement.text(column) }
    package func bind(to statement: SQLiteStatement, _ parameter: CInt) -> CInt { statement.bind(self, parameter) }
}

extension [UInt8]: SQLiteValue {
    package static func read(_ statement: SQLiteStatement, _ column: CInt) -> [UInt8]? {
        unsafe statement.blob(column) { unsafe [UInt8]($0) }
    }
    package func bind(to statement: SQLiteStatement, _ parameter: CInt) -> CInt {
        unsafe withUnsafeBytes { unsafe statement.bind($0, parameter) }
    }
}

extension Data: SQLiteValue {
    package static func read(_ statement: SQLiteStatement, _ column: CInt) -> Data? {
        unsafe statement.blob(column) { unsafe Data($0) }
    }
    package func bind(to statement: SQLiteStatement, _ parameter: CInt) -> CInt {
        unsafe withUnsafeBytes { unsafe statement.bind($0, parameter) }
    }
}

extension Optional: SQLiteValue where Wrapped: SQLiteValue {
    package static func read(_ statement: SQLiteStatement, _ column: CInt) -> Wrapped?? {
        if statement.isNull(column) { return .some(nil) }
        return Wrapped.read(statement, column).map(Optional.some)
    }
    package func bind(to statement: SQLiteStatement, _ parameter: CInt) -> CInt {
        self?.bind(to: statement, parameter) ?? statement.bindNull(parameter)
    }
}
