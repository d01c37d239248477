package import Base
package import Runtime
import Synchronization

/// Whether the threads live: each says what it begins and how long it will be silent on purpose.
package final class Pulse: ThreadHeartbeat {
    /// So much longer than it said a thread may be silent.
    private static let patience = Duration.seconds(20)

    private let name: String
    private let board: Board

    private final class Board: Sendable {
        let deadlines = Mutex<[String: MonotonicTime]>([:])
    }

    package convenience init() { self.init("main", Board()) }

    private init(_ name: String, _ board: Board) {
        self.name = name
        self.board = board
    }

    /// The same watch, for another thread.
    package func of(_ name: String) -> Pulse { Pulse(name, board) }

    package func beat(_ doing: ThreadWork, quietFor: Duration) {
        let deadline = MonotonicTime.now() + quietFor + Self.patience
        board.deadlines.withLock { $0[name] = deadline }
    }

    package func rest() { board.deadlines.withLock { $0[name] = nil } }

    /// The threads that have been silent for too long.
    package func silent(at now: MonotonicTime) -> [String] {
        board.deadlines.withLock { deadlines in deadlines.filter { $0.value < now }.keys.sorted() }
    }
}
