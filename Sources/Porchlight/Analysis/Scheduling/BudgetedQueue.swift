import Base
import Gate

/// Work of which a camera's look can do without: it is done within a share of the time.
protocol BudgetedWork: Sendable {
    /// The picture that it is about.
    var frame: Frame { get }
    /// False for clips whose events must be the same on every box.
    var isBounded: Bool { get }
}

/// Such work of one kind, with its budget. Used by the analysis thread.
final class BudgetedQueue<Work: BudgetedWork> {
    private let kind: WorkKind
    private let queue: WorkQueue<Work>
    private let counters: WorkCounters
    private var budget = LookBudget()

    init(_ kind: WorkKind, _ counters: WorkCounters) {
        self.kind = kind
        self.counters = counters
        queue = WorkQueue(kind, counters)
    }

    var isWaiting: Bool { !queue.isEmpty }

    /// - Returns: false when there is no time for it.
    func ask(for work: Work) -> Bool {
        guard !work.isBounded || budget.admits(at: work.frame.capturedAt) else {
            counters.note(.refused, of: kind)
            return false
        }
        return queue.add(work, mayBeLate: work.isBounded)
    }

    /// What has waited too long.
    func takeLate(at now: MonotonicTime) -> Work? { queue.takeLate(at: now) }

    /// Does what has waited longest, if anything.
    /// - Parameter body: what the budget pays for.
    /// - Returns: also what `body` gave.
    func performOne<Answer>(_ body: (Work) -> Answer) -> (work: Work, answer: Answer)? {
        guard let work = queue.take() else { return nil }
        let began = MonotonicTime.now()
        let answer = body(work)
        if work.isBounded { budget.spend(MonotonicTime.now() - began) }
        return (work, answer)
    }
}
