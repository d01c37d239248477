import Base
import Glibc
import KernelTypes

/// The threads that share the work of one step.
final class Workers: Sendable {
    static let alone = Workers()
    let count = 1

    /// Calls `body` with pieces of 0..<total, on all threads, and returns when all are done. Pieces begin at multiples of
    /// `grain`. The first argument, 0..<count, is a number that no other piece has at the same time: for scratch memory.
    func split(_ total: Int, grain: Int = 1, _ body: (_ worker: Int, _ range: Range<Int>) -> Void) {
        if total > 0 { body(0, 0..<total) }
    }
}

/// How many threads the engine uses.
package struct ThreadBudget: Sendable {
    package let threads: Int

    /// 0 asks for one less than the board has cores (the cameras need one), but at least one. More than 64 are not used.
    package init(asked: Int) {
        let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        threads = asked > 0 ? min(asked, 64) : max(1, cores - 1)
    }
}
