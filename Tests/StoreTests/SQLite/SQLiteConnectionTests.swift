import Foundation
import Store
import Testing

@Suite struct SQLiteConnectionTests {
    private func memory() throws -> SQLiteConnection {
        let db = try SQLiteConnection(path: ":memory:")
        try db.script("CREATE TABLE kept (id INTEGER PRIMARY KEY, value ANY) STRICT")
        return db
    }

    private func comesBack<Value: SQLiteValue & Equatable>(_ value: Value) throws -> Bool {
        let db = try memory()
        try db.execute("INSERT INTO kept (value) VALUES (?)", [value])
        let back: Value? = try db.value("SELECT value FROM kept")
        return back == value
    }

    @Test("numbers come back as they went in, the largest too", arguments: [0, 1, -1, Int64.max, .min, 1 << 53 + 1])
    func integers(number: Int64) throws { #expect(try comesBack(number)) }

    @Test(
        "fractions come back to the last bit",
        arguments: [0.1, -0.0, .infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude])
    func fractions(number: Double) throws { #expect(try comesBack(number)) }

    @Test("names come back whole, with zero bytes and beyond ASCII", arguments: ["", "a\0b", "\0", "Zoë \u{1F415}"])
    func texts(text: String) throws { #expect(try comesBack(text)) }

    @Test(
        "bytes come back as they went in, none of them too",
        arguments: [[], [0], [0, 0xFF, 0], [UInt8](repeating: 7, count: 100_000)])
    func bytes(bytes: [UInt8]) throws {
        #expect(try comesBack(bytes))
        #expect(try comesBack(Data(bytes)))
    }

    @Test("what is not known is not taken for zero or nothing")
    func nulls() throws {
        #expect(try comesBack(Int?.none) && comesBack(String?.none) && comesBack([UInt8]?.none))
        #expect(try comesBack([UInt8]?.some([])) && comesBack(Int?.some(0)) && comesBack(true) && comesBack(false))
    }

    @Test("a column that holds something else is an error in words, not the end of the program")
    func otherTypes() throws {
        let db = try memory()
        try db.execute("INSERT INTO kept (value) VALUES (?)", [Int?.none])
        var row = try db.cursor("SELECT id, value FROM kept")
        #expect(throws: SQLiteError.self, "before the first row") { let _: Int = try row["id"] }
        #expect(try row.next())
        #expect(throws: SQLiteError.self) { let _: Int = try row["value"] }
        #expect(throws: SQLiteError.self) { let _: String = try row["id"] }
        #expect(throws: SQLiteError.self) { let _: Int = try row["nobody"] }
        #expect(throws: SQLiteError.self) { let _: Int = try row[2] }
        #expect(throws: SQLiteError.self) { let _: Int = try row[-1] }
        #expect(try row["id"] as Int == 1)
        #expect(try !row.next())
    }

    @Test("a statement that fails is told by its SQL, and what was to be kept by nobody")
    func tellsNoValues() throws {
        let db = try memory()
        for (sql, values) in [
            ("INSERT INTO nowhere VALUES (?)", ["Zoë"]), ("INSERT INTO kept VALUES (?)", ["Zoë"]),
            ("INSERT INTO kept VALUES (?, ?)", ["Zoë", "Zoë"]), ("SELECT * FROM kept WHERE id = ?", []),
            ("SELECT 1; SELECT 2", []), ("SELECT \"Zoe\"", []), ("", []),
        ] as [(String, [String])] {
            let error = #expect(throws: SQLiteError.self) { try db.execute(sql, values) }
            #expect(error?.sql == sql)
            #expect(error?.description.contains("Zoë") == false)
        }
    }

    @Test("a file that may grow no more says that it is full")
    func full() throws {
        let db = try memory()
        try db.script("PRAGMA max_page_count = 20")
        let error = #expect(throws: SQLiteError.self) {
            for _ in 0..<100 { try db.execute("INSERT INTO kept (value) VALUES (zeroblob(4000))") }
        }
        #expect(error?.kind == .full)
        #expect(StoreError(try #require(error), path: "p") == .full(path: "p"))
    }

    @Test("a write that fails in its midst leaves nothing behind, and the next one works")
    func rollsBack() throws {
        let db = try memory()
        #expect(throws: SQLiteError.self) {
            try db.transaction(.writing) {
                try db.execute("INSERT INTO kept (value) VALUES (1)")
                try db.execute("INSERT INTO kept (id) VALUES (1)")
            }
        }
        #expect(try db.value("SELECT count(*) FROM kept") == 0)
        try db.transaction(.writing) { try db.execute("INSERT INTO kept (value) VALUES (2)") }
        #expect(try db.value("SELECT value FROM kept") == 2)
        #expect(db.changesCount == 1 && db.lastInsertedRowID == 1)
    }

    @Test("a question within the rows of the same question has rows of its own")
    func nested() throws {
        let db = try memory()
        for value in 1...3 { try db.execute("INSERT INTO kept (value) VALUES (?)", [value]) }
        let sql = "SELECT value FROM kept ORDER BY value"
        let sums = try db.all(sql) { outer in
            try db.all(sql) { try $0[0] as Int }.reduce(0, +) * (try outer[0] as Int)
        }
        #expect(sums == [6, 12, 18])
    }

    @Test("a statement that is used again does not remember what it was given before")
    func reuse() throws {
        let db = try memory()
        for round in 0..<100 {
            try db.execute("INSERT INTO kept (id, value) VALUES (?, ?)", [round, "\(round)"])
            #expect(throws: SQLiteError.self) {
                try db.execute("INSERT INTO kept (id, value) VALUES (?, ?)", [round, "again"])
            }
            // More of them than are kept.
            #expect(
                try db.value("SELECT value FROM kept WHERE id = ? AND \(round % 20) = \(round % 20)", [round])
                    == "\(round)")
        }
        #expect(try db.value("SELECT count(*) FROM kept WHERE value = 'again'") == 0)
    }

    @Test("what survives a power cut can be said before each write, and is heard each time")
    func pragmas() throws {
        let folder = try TemporaryFolder()
        let db = try SQLiteConnection(path: folder.path + "/file")
        for _ in 0..<3 {
            for (word, number) in [("FULL", 2), ("NORMAL", 1)] {
                try db.script("PRAGMA synchronous = \(word)")
                #expect(try db.value("PRAGMA synchronous") == number)
            }
        }
    }

    @Test("a copy holds what the file holds")
    func copies() throws {
        let (db, other) = (try memory(), try SQLiteConnection(path: ":memory:"))
        try db.execute("INSERT INTO kept (value) VALUES ('here')")
        try db.copy(into: other)
        #expect(try other.value("SELECT value FROM kept") == "here")
    }

    @Test("a file that is not there is not made by who only reads")
    func readOnly() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: SQLiteError.self) {
            _ = try SQLiteConnection(path: folder.path + "/none", isReadOnly: true)
        }
        #expect(error?.message.isEmpty == false)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/none"))
    }
}
