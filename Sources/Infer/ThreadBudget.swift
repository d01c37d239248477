import Glibc

/// How many threads the engine uses.
package struct ThreadBudget: Sendable {
    package let threads: Int

    /// 0 asks for one less than the board has cores (the cameras need one), but at least one. More than 64 are not used.
    package init(asked: Int) {
        let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        threads = asked > 0 ? min(asked, 64) : max(1, cores - 1)
    }
}
