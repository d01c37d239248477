import Base
import Synchronization

/// Whether nobody looks at what the cameras see, or can tell of it. `LivenessWatch` writes; the cameras' states and the
/// analysis read.
package final class AnalysisBlock: Sendable {
    private struct State {
        var reason: String?
        var count = 0
    }

    private let state = Mutex(State())
    /// Called after each change, outside the lock.
    private let onChange: @Sendable () -> Void

    package init(onChange: @escaping @Sendable () -> Void) { self.onChange = onChange }

    /// - Parameter reason: in words; nil lets go.
    package func set(_ reason: String?) {
        let hasChanged = state.withLock { state -> Bool in
            guard state.reason != reason else { return false }
            if state.reason == nil { state.count += 1 }
            state.reason = reason
            return true
        }
        if hasChanged { onChange() }
    }

    /// Why, in words; nil while all is well.
    package var reason: String? { state.withLock(\.reason) }

    /// How often it began since the start of the program.
    package var count: Int { state.withLock(\.count) }
}
