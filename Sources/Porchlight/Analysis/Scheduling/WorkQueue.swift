package import Base
import Synchronization

/// A `WorkLine` between threads, counted.
package final class WorkQueue<Work: Sendable>: Sendable {
    private struct State {
        var line: WorkLine<Work>
        var isClosed = false
    }

    private let kind: WorkKind
    private let counters: WorkCounters
    private let state: Mutex<State>

    package init(_ kind: WorkKind, _ counters: WorkCounters) {
        self.kind = kind
        self.counters = counters
        state = Mutex(State(line: WorkLine(kind)))
    }

    package var isEmpty: Bool { state.withLock(\.line.isEmpty) }

    /// - Parameter mayBeLate: false: it is worth doing however long it waits.
    /// - Returns: false when it is closed, or there is no room; the latter is counted.
    package func add(_ work: Work, at now: MonotonicTime = .now(), mayBeLate: Bool = true) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            let isIn = state.line.add(work, at: now, mayBeLate: mayBeLate)
            counters.note(isIn ? .arrived : .refused, of: kind)
            return isIn
        }
    }

    /// The one that has waited longest; it counts as done.
    package func take() -> Work? { take(as: .taken) { $0.take() } }

    /// One of which the answer is too late.
    package func takeLate(at now: MonotonicTime) -> Work? { take(as: .late) { $0.takeLate(at: now) } }

    /// One that nobody will do any more.
    package func withdraw() -> Work? { take(as: .withdrawn) { $0.take() } }

    /// Nothing is added any more.
    package func close() { state.withLock { $0.isClosed = true } }

    private func take(as step: WorkCounters.Step, _ body: (inout WorkLine<Work>) -> Work?) -> Work? {
        state.withLock { state in
            let work = body(&state.line)
            if work != nil { counters.note(step, of: kind) }
            return work
        }
    }
}
