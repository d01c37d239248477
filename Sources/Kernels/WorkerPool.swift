import CKernels
package import Runtime

/// Fork and join: the calling thread and `threads - 1` persistent workers (`kernel-1`, ...) run the same body with
/// different part numbers. Between calls the workers spin for some microseconds, then sleep. No call allocates.
///
/// One call at a time; the body must not call `run` again.
package final class WorkerPool {
    /// How many parts run at the same time: the caller and the workers.
    package let threads: Int
    private let shared: Shared
    private var workers: [NamedThread] = []

    /// (context, part). Give a closure that captures nothing, then making it allocates nothing either.
    package typealias Body = @Sendable (UnsafeMutableRawPointer?, Int) -> Void

    /// - Parameter threads: 1 or more; with 1 there is no worker, and `run` only calls the body.
    /// - Throws: `SystemError` when the kernel refuses a thread; those already started end.
    package init(threads: Int) throws(SystemError) {
        self.threads = max(1, threads)
        let shared = Shared(threads: self.threads)
        self.shared = shared
        for part in 1..<self.threads {
            workers.append(try NamedThread("kernel-\(part)") { shared.work(part) })
        }
    }

    deinit {
        shared.stopping = true
        shared.beginRun()
        for worker in workers { worker.join() }
    }

    /// Calls `body(context, part)` for all parts `0 ..< threads`, part 0 on this thread; returns when all have
    /// returned.
    package func run(_ context: UnsafeMutableRawPointer?, _ body: @escaping Body) {
        guard threads > 1 else { return body(context, 0) }
        shared.body = body
        shared.context = context
        shared.beginRun()
        body(context, 0)
        shared.wait(for: UInt32(threads - 1), in: shared.finished)
    }

    /// Inside of a body: the threads do the chunks `0 ..< chunks`, whoever is free the next one, and return when all are
    /// done. So a slower core, or one that is taken away by other programs, does less and holds nobody up.
    ///
    /// Every thread of the run makes the same calls in the same order. At most 4095 chunks.
    package func share(part: Int, chunks: Int, _ body: (_ chunk: Int) -> Void) {
        guard threads > 1 else { return (0..<chunks).forEach(body) }
        if chunks > 0 { shared.share(part, UInt32(chunks), body) }
    }
}

/// What the caller and the workers share.
///
/// Sendable unchecked: `body`, `context` and `stopping` are written while no worker runs, before `generation` grows (a
/// sequentially consistent addition), and read by workers after they have seen it grow.
private final class Shared: @unchecked Sendable {
    var body: WorkerPool.Body?
    var context: UnsafeMutableRawPointer?
    var stopping = false

    /// Counters that somebody spins on: each has its own cache line of 64 bytes (16 words).
    private let words: UnsafeMutablePointer<UInt32>
    private var generation: UnsafeMutablePointer<UInt32> { words }
    private var sleeping: UnsafeMutablePointer<UInt32> { words + 16 }
    var finished: UnsafeMutablePointer<UInt32> { words + 32 }
    /// The number of the phase that is being shared, and the next chunk of it in the lower 12 bits.
    private var claim: UnsafeMutablePointer<UInt32> { words + 48 }
    /// Chunks of it that are done.
    private var done: UnsafeMutablePointer<UInt32> { words + 64 }
    /// How many phases a thread has seen in this run: touched by that thread only.
    private func phase(of part: Int) -> UnsafeMutablePointer<UInt32> { words + 80 + 16 * part }
    private let threads: Int

    /// Some tens of microseconds: longer than the gaps between operators, shorter than the gap between frames. Whoever
    /// waits longer sleeps: on a busy board another thread may need this very core to let the awaited one finish.
    private static let spins = 1000

    init(threads: Int) {
        self.threads = threads
        let count = 80 + 16 * threads
        words = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<UInt32>.stride, alignment: 64)
            .bindMemory(to: UInt32.self, capacity: count)
        words.initialize(repeating: 0, count: count)
    }

    deinit { words.deallocate() }

    /// While no worker runs.
    func beginRun() {
        CKernels_store(finished, 0)
        CKernels_store(claim, 0)
        CKernels_store(done, 0)
        for part in 0..<threads { phase(of: part).pointee = 0 }
        _ = CKernels_add(generation, 1)
        wakeSleepers(of: generation)
    }

    func work(_ part: Int) {
        var seen: UInt32 = 0
        while true {
            waitForChange(of: generation, from: seen)
            seen &+= 1
            if stopping { return }
            body?(context, part)
            _ = CKernels_add(finished, 1)
            wakeSleepers(of: finished)
        }
    }

    func share(_ part: Int, _ chunks: UInt32, _ body: (Int) -> Void) {
        let mine = phase(of: part).pointee, next = (mine &+ 1) & 0xF_FFFF
        phase(of: part).pointee = next
        while true {
            let state = CKernels_load(claim)
            // The others have done all of it already.
            if state >> 12 != mine { return }
            let chunk = state & 0xFFF
            if chunk == chunks { return waitForChange(of: claim, from: state) }
            guard CKernels_exchange(claim, state, state + 1) else { continue }
            body(Int(chunk))
            if CKernels_add(done, 1) == chunks - 1 {
                CKernels_store(done, 0)
                CKernels_store(claim, next << 12)
                return wakeSleepers(of: claim)
            }
        }
    }

    /// After a change of the word. Whoever goes to sleep first counts itself, then looks at the word once more.
    func wakeSleepers(of word: UnsafeMutablePointer<UInt32>) {
        if CKernels_load(sleeping) > 0 { CKernels_wake(word) }
    }

    func waitForChange(of word: UnsafeMutablePointer<UInt32>, from seen: UInt32) {
        for _ in 0..<Shared.spins {
            if CKernels_load(word) != seen { return }
            CKernels_pause()
        }
        _ = CKernels_add(sleeping, 1)
        while CKernels_load(word) == seen { CKernels_wait(word, seen) }
        _ = CKernels_add(sleeping, UInt32.max)
    }

    func wait(for value: UInt32, in word: UnsafeMutablePointer<UInt32>) {
        while true {
            let seen = CKernels_load(word)
            if seen == value { return }
            waitForChange(of: word, from: seen)
        }
    }
}
