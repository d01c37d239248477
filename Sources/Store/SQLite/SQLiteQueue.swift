import Dispatch
import Synchronization

/// How connections are opened.
package struct SQLiteSetup: Sendable {
    /// Of their queues.
    package var label: String
    /// How long to wait for others that use the file.
    package var busyMilliseconds: CInt
    /// For each of them, before it is used. The second value: it can only read.
    package var prepare: @Sendable (SQLiteConnection, _ isReadOnly: Bool) throws -> Void

    /// - Parameters: see the properties.
    package init(
        label: String, busyMilliseconds: CInt = 0,
        prepare: @escaping @Sendable (SQLiteConnection, _ isReadOnly: Bool) throws -> Void = { _, _ in }
    ) {
        self.label = label
        self.busyMilliseconds = busyMilliseconds
        self.prepare = prepare
    }
}

/// One connection with a queue of its own, which may block in the disk as no async task may. It is opened when it is used
/// first.
package final class SQLiteQueue: Sendable {
    private enum State { case unopened, open(SQLiteConnection), closed }

    private let path: String
    private let isReadOnly: Bool
    private let setup: SQLiteSetup
    /// For who comes from an async task; `state` is what keeps them apart.
    private let queue: DispatchQueue
    private let state = Mutex(State.unopened)

    init(path: String, isReadOnly: Bool = false, _ setup: SQLiteSetup) {
        self.path = path
        self.isReadOnly = isReadOnly
        self.setup = setup
        queue = DispatchQueue(label: setup.label)
    }

    /// Blocks until all is done.
    func now<Outcome: Sendable>(
        _ body: @Sendable (SQLiteConnection) throws -> Outcome
    ) throws -> Outcome {
        try state.withLock { state in
            switch state {
            case .closed: throw SQLiteError.closed
            case .open(let connection): return try body(connection)
            case .unopened:
                let connection = try opened()
                state = .open(connection)
                return try body(connection)
            }
        }
    }

    /// Runs to its end even when the caller is cancelled.
    func run<Outcome: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> Outcome
    ) async throws -> Outcome {
        try await withCheckedThrowingContinuation { done in
            queue.async { done.resume(with: Result { try self.now(body) }) }
        }
    }

    /// Blocks until the work before is done. What comes later is refused.
    func close() { state.withLock { $0 = .closed } }

    private static let (writerStatements, readerStatements) = (24, 8)

    private func opened() throws -> SQLiteConnection {
        let connection = try SQLiteConnection(
            path: path, isReadOnly: isReadOnly, busyMilliseconds: setup.busyMilliseconds,
            mostStatements: isReadOnly ? Self.readerStatements : Self.writerStatements)
        try setup.prepare(connection, isReadOnly)
        return connection
    }
}
