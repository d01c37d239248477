import Kernels
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
    @Test("every part of every call runs exactly once, and all are done when the call returns", arguments: [1, 2, 4])
    func everyPartOnce(threads: Int) throws {
        let pool = try WorkerPool(threads: threads)
        let counts = UnsafeMutablePointer<Int>.allocate(capacity: threads * 16)
        counts.initialize(repeating: 0, count: threads * 16)
        defer { counts.deallocate() }
        for call in 1...500 {
            pool.run(counts) { context, part in
                context?.assumingMemoryBound(to: Int.self)[part * 16] += 1
            }
            #expect((0..<threads).allSatisfy { counts[$0 * 16] == call })
        }
    }

    @Test("workers that fell asleep between frames wake again")
    func sleepAndWake() async throws {
        let pool = try WorkerPool(threads: 3)
        let counter = UnsafeMutablePointer<Int>.allocate(capacity: 3 * 16)
        counter.initialize(repeating: 0, count: 48)
        defer { counter.deallocate() }
        for _ in 0..<5 {
            // Long past the spin: there is no state to ask, so this one test has to wait.
            try await Task.sleep(for: .milliseconds(3))
            pool.run(counter) { context, part in context?.assumingMemoryBound(to: Int.self)[part * 16] += 1 }
        }
        #expect((0..<3).allSatisfy { counter[$0 * 16] == 5 })
    }

    private final class Sums {
        let pool: WorkerPool
        let chunks: Atomic<Int>
        let wrong = Atomic(0)
        init(_ pool: WorkerPool) {
            self.pool = pool
            chunks = Atomic(0)
        }
    }

    @Test("shared chunks are done once each, and all of them before anybody goes on", arguments: [1, 2, 3, 4])
    func share(threads: Int) throws {
        let sums = Sums(try WorkerPool(threads: threads))
        for run in 1...20 {
            sums.pool.run(Unmanaged.passUnretained(sums).toOpaque()) { context, part in
                guard let context else { return }
                let sums = Unmanaged<Sums>.fromOpaque(context).takeUnretainedValue()
                for phase in 0..<100 {
                    sums.pool.share(part: part, chunks: phase % 9) { chunk in
                        // A thread that is late in an old phase would be seen here as a chunk too many or twice.
                        sums.chunks.add(1 << chunk, ordering: .sequentiallyConsistent)
                    }
                    let all = sums.chunks.load(ordering: .sequentiallyConsistent)
                    if all < (1 << (phase % 9)) - 1 { sums.wrong.add(1, ordering: .relaxed) }
                }
            }
            let expected = run * (0..<100).reduce(0) { $0 + (1 << ($1 % 9)) - 1 }
            #expect(sums.chunks.load(ordering: .sequentiallyConsistent) == expected)
        }
        #expect(sums.wrong.load(ordering: .relaxed) == 0)
    }

    @Test("pools can be made and dropped at will")
    func stop() throws {
        for _ in 0..<20 { _ = try WorkerPool(threads: 4) }
    }
}
