package import Base
package import Runtime
import Synchronization

/// What each thread last said about itself, for `Liveness`. Costs a lock of nanoseconds; called several times a frame.
package final class Heartbeats: Sendable {
    private struct State {
        var beats: [Liveness.Part: Liveness.Beat] = [:]
        var turnBegan: MonotonicTime?
        var longestTurn = Duration.zero
    }

    private let state = Mutex(State())

    package init() {}

    /// The part lives, and begins something.
    /// - Parameter quietFor: it will not speak again before that on purpose.
    package func beat(
        _ part: Liveness.Part, _ doing: ThreadWork, quietFor: Duration = .zero, at now: MonotonicTime = .now()
    ) {
        state.withLock { $0.beats[part] = Liveness.Beat(part: part, at: now, doing: doing, quietFor: quietFor) }
    }

    /// The part has nothing to do, or has ended: its silence is meant so.
    package func rest(_ part: Liveness.Part) { state.withLock { $0.beats[part] = nil } }

    /// A turn of the analysis begins; the one before has ended. One that hung says nothing about how slow the network is.
    package func turn(at now: MonotonicTime = .now()) {
        state.withLock { state in
            if let took = state.turnBegan.map({ now - $0 }), took <= Liveness.Limits().analysis(state.longestTurn) {
                state.longestTurn = max(state.longestTurn, took)
            }
            state.turnBegan = now
            state.beats[.analysis] = Liveness.Beat(part: .analysis, at: now, doing: .step("waiting for a picture"))
        }
    }

    /// In a fixed order.
    package var all: [Liveness.Beat] {
        state.withLock { Array($0.beats.values) }.sorted { "\($0.part)" < "\($1.part)" }
    }

    /// Of the turns of the analysis that have ended.
    package var longestTurn: Duration { state.withLock(\.longestTurn) }
}

/// What one part says about itself.
struct PartHeartbeat: ThreadHeartbeat {
    let beats: Heartbeats
    let part: Liveness.Part

    func beat(_ doing: ThreadWork, quietFor: Duration) { beats.beat(part, doing, quietFor: quietFor) }
    func rest() { beats.rest(part) }
}
