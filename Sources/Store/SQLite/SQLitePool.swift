import Synchronization

/// A file with a write-ahead log: one connection writes, up to two read meanwhile, and each of their queries sees the file as it
/// was when it began.
package final class SQLitePool: Sendable {
    private struct Turns {
        var idle: [Int]
        var waiting: [CheckedContinuation<Int, Never>] = []
    }

    /// Before the writer, so that they are closed first: the last one takes the log into the file, and only a writer can.
    private let readers: [SQLiteQueue]
    private let writer: SQLiteQueue
    private let turns: Mutex<Turns>
    private static let readerCount = 2

    /// Opens the file for writing; blocks.
    package init(path: String, _ setup: SQLiteSetup) throws {
        readers = (1...Self.readerCount).map { number in
            var ofReader = setup
            ofReader.label += " reader \(number)"
            return SQLiteQueue(path: path, isReadOnly: true, ofReader)
        }
        writer = SQLiteQueue(path: path, setup)
        turns = Mutex(Turns(idle: Array(readers.indices.reversed())))
        try writer.now { db in
            let mode: String? = try db.value("PRAGMA journal_mode = WAL")
            guard mode == "wal" else {
                throw SQLiteError.misuse("no write-ahead log here", "PRAGMA journal_mode = WAL")
            }
            // The log and its index are there from now on: a reader cannot make them.
            let _: Int? = try db.value("SELECT count(*) FROM sqlite_master")
        }
    }

    deinit { close() }

    // MARK: Reading

    /// All queries of `body` see the same state of the file. Waits for a reader without a thread.
    package func read<Outcome: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> Outcome
    ) async throws -> Outcome {
        let reader = await takeTurn()
        defer { endTurn(reader) }
        return try await readers[reader].run { db in try db.transaction(.reading) { try body(db) } }
    }

    /// The same; blocks.
    func readNow<Outcome: Sendable>(
        _ body: @Sendable (SQLiteConnection) throws -> Outcome
    ) throws -> Outcome {
        try readers[0].now { db in try db.transaction(.reading) { try body(db) } }
    }

    private func takeTurn() async -> Int {
        await withCheckedContinuation { turn in
            let idle = turns.withLock { turns -> Int? in
                if turns.idle.isEmpty { turns.waiting.append(turn) }
                return turns.idle.popLast()
            }
            if let idle { turn.resume(returning: idle) }
        }
    }

    private func endTurn(_ reader: Int) {
        let next = turns.withLock { turns -> CheckedContinuation<Int, Never>? in
            guard turns.waiting.isEmpty else { return turns.waiting.removeFirst() }
            turns.idle.append(reader)
            return nil
        }
        next?.resume(returning: reader)
    }

    // MARK: Writing

    /// One after the other, in the order in which they come; without a transaction.
    package func write<Outcome: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> Outcome
    ) async throws -> Outcome {
        try await writer.run(body)
    }

    /// The same; blocks.
    func writeNow<Outcome: Sendable>(
        _ body: @Sendable (SQLiteConnection) throws -> Outcome
    ) throws -> Outcome {
        try writer.now(body)
    }

    /// Waits for the work before, takes the log into the file and closes it. What comes later is refused.
    package func close() {
        for reader in readers { reader.close() }
        writer.close()
    }
}
