package import Base
import Runtime

/// How much work of each kind waits and what became of the rest, since the start; and the bell that wakes the analysis
/// when some arrives.
package final class WorkCounters: Sendable {
    package struct Counts: Sendable, Equatable {
        package var waiting = 0
        package var done = 0
        /// Answered "too late".
        package var late = 0
        /// There was no room or no time for it. Of cameras' pictures: a newer one took its place.
        package var refused = 0

        package init(waiting: Int = 0, done: Int = 0, late: Int = 0, refused: Int = 0) {
            self.waiting = waiting
            self.done = done
            self.late = late
            self.refused = refused
        }
    }

    /// What became of a work.
    package enum Step: Sendable {
        /// It waits.
        case arrived
        /// It has waited and is done now.
        case taken
        /// It has waited for too long.
        case late
        /// It has waited, and nobody will do it.
        case withdrawn
        /// It never waited.
        case refused
    }

    private struct State {
        var counts: [Counts]
        var hasArrived = false
    }

    package let kinds: [WorkKind]
    private let state: Monitor<State>

    package init(_ kinds: [WorkKind] = WorkTable.rows) {
        self.kinds = kinds
        state = Monitor(State(counts: kinds.map { _ in Counts() }))
    }

    package func note(_ step: Step, of kind: WorkKind) {
        guard let index = kinds.firstIndex(of: kind) else { return }
        state.change { state in
            switch step {
            case .arrived:
                state.counts[index].waiting += 1
                state.hasArrived = true
            case .taken:
                state.counts[index].waiting -= 1
                state.counts[index].done += 1
            case .late:
                state.counts[index].waiting -= 1
                state.counts[index].late += 1
            case .withdrawn: state.counts[index].waiting -= 1
            case .refused: state.counts[index].refused += 1
            }
        }
    }

    package func counts(of kind: WorkKind) -> Counts {
        kinds.firstIndex(of: kind).map { index in state.change { $0.counts[index] } } ?? Counts()
    }

    /// The analysis thread's: returns when work has arrived since the last call, or after `timeout`.
    package func wait(atMost timeout: Duration) {
        _ = state.wait(atMost: timeout) { state -> Bool? in
            guard state.hasArrived else { return nil }
            state.hasArrived = false
            return true
        }
    }

    /// Wakes the analysis, which has something else to see to.
    package func wake() { state.change { $0.hasArrived = true } }
}

extension WorkCounters {
    /// `{"camera_look": {"waiting": 0, "done": 812, "late": 0, "refused": 3}, …}`
    package var json: JSONValue {
        func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        var members: [String: JSONValue] = [:]
        for kind in kinds {
            let counts = counts(of: kind)
            members[kind.name] = [
                "waiting": number(counts.waiting), "done": number(counts.done), "late": number(counts.late),
                "refused": number(counts.refused),
            ]
        }
        return .object(members)
    }

    /// Prometheus text format.
    package var prometheusText: String {
        func metric(_ name: String, _ type: String, _ value: (Counts) -> Int) -> String {
            let rows = kinds.map { "porchlight_\(name){kind=\"\($0.name)\"} \(value(counts(of: $0)))\n" }
            return "# TYPE porchlight_\(name) \(type)\n" + rows.joined()
        }
        return metric("work_waiting", "gauge", \.waiting) + metric("work_done_total", "counter", \.done)
            + metric("work_late_total", "counter", \.late) + metric("work_refused_total", "counter", \.refused)
    }
}
