import Kernels

/// One piece of work of a pass, with all its addresses. Allocates nothing when it runs.
///
/// Every thread calls `run` with its own part; `Part.split` returns when all of its work is done, so that the next step may
/// read it.
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

    /// Cuts 0..<total into pieces that begin at multiples of `grain`, and calls `body` with this thread's number and one piece
    /// after the other, while there are any that no other thread took. Returns when all are done, by whomever.
    ///
    /// All threads of a pass make the same calls in the same order.
    func split(_ total: Int, grain: Int = 1, _ body: (_ worker: Int, _ range: Range<Int>) -> Void) {
        guard let pool, count > 1 else {
            if total > 0 { body(index, 0..<total) }
            return
        }
        let grains = (total + grain - 1) / grain, pieces = min(grains, Self.piecesPerThread * count)
        pool.share(part: index, chunks: pieces) { piece in
            let first = grains * piece / pieces * grain
            body(index, first..<min(total, grains * (piece + 1) / pieces * grain))
        }
    }

    /// More would balance better and cost more; measured with two threads.
    private static var piecesPerThread: Int { 4 }
}
