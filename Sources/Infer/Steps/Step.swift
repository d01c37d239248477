import Kernels

/// One piece of work of a pass, with all its addresses. Allocates nothing when it runs.
///
/// Every thread calls `run` with its own part; afterwards all wait for each other before the next step begins.
protocol Step: AnyObject {
    func run(_ part: Part)
}

/// Which share of every step a thread does.
struct Part {
    let index: Int
    let count: Int
    private let pool: WorkerPool?

    /// The only thread.
    static var whole: Part { Part(index: 0, count: 1, pool: nil) }

    init(index: Int, count: Int, pool: WorkerPool?) {
        self.index = index
        self.count = count
        self.pool = pool
    }

    /// This thread's share of 0..<total. Shares begin at multiples of `grain`.
    func split(_ total: Int, grain: Int = 1) -> Range<Int> {
        let grains = (total + grain - 1) / grain
        let first = min(total, grains * index / count * grain)
        return first..<min(total, grains * (index + 1) / count * grain)
    }

    /// Calls `body` with this thread's number and share, unless the share is empty.
    func split(_ total: Int, grain: Int = 1, _ body: (_ worker: Int, _ range: Range<Int>) -> Void) {
        let range = split(total, grain: grain)
        if !range.isEmpty { body(index, range) }
    }

    /// Returns when all threads have come here.
    func waitForAll() { pool?.barrier() }
}
