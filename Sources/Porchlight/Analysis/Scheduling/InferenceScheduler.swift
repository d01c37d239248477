package import Base
import Runtime

/// Somebody who has work for the networks. Work comes in through a queue of its own, bounded as its kind says; it is done
/// by the analysis thread, which alone calls what stands here.
package protocol InferenceClient: AnyObject {
    /// Its row of `WorkTable`.
    static var kind: WorkKind { get }
    /// There is work that can be done now.
    var isWaiting: Bool { get }
    /// Answers what has waited for too long.
    func answerLate(at now: MonotonicTime)
    /// Does the work that is next.
    func performOne(with models: ModelSet)
}

/// Everything that the networks do goes through here, one work at a time, on the analysis thread.
package final class InferenceScheduler {
    private let models: ModelSet
    private let clients: [any InferenceClient]
    private let counters: WorkCounters
    private let beats: Heartbeats?
    private var order: WorkOrder

    /// - Parameters:
    ///   - clients: in any order; `WorkTable` has their priorities.
    ///   - beats: told what is begun; nil where nobody judges.
    package init(
        models: ModelSet, clients: [any InferenceClient], counters: WorkCounters, beats: Heartbeats? = nil
    ) {
        self.models = models
        self.counters = counters
        self.beats = beats
        self.clients = counters.kinds.compactMap { kind in clients.first { type(of: $0).kind == kind } }
        order = WorkOrder(self.clients.map { type(of: $0).kind })
    }

    /// Does one work, which may come within `timeout`.
    /// - Returns: false when there was none.
    @discardableResult
    package func turn(within timeout: Duration) -> Bool {
        if performOne() { return true }
        guard timeout > .zero else { return false }
        counters.wait(atMost: timeout)
        return performOne()
    }

    private func performOne() -> Bool {
        let now = MonotonicTime.now()
        for client in clients { client.answerLate(at: now) }
        guard let index = order.next(where: { clients[$0].isWaiting }) else { return false }
        beats?.beat(.analysis, .step(type(of: clients[index]).kind.words))
        clients[index].performOne(with: models)
        return true
    }
}
