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

    private final class Phases {
        let pool: WorkerPool
        let arrived = Atomic(0)
        let tooEarly = Atomic(0)
        init(_ pool: WorkerPool) { self.pool = pool }
    }

    @Test("nobody passes a barrier before all have come", arguments: [2, 3, 4])
    func barrier(threads: Int) throws {
        let phases = Phases(try WorkerPool(threads: threads))
        phases.pool.run(Unmanaged.passUnretained(phases).toOpaque()) { context, _ in
            guard let context else { return }
            let phases = Unmanaged<Phases>.fromOpaque(context).takeUnretainedValue()
            for round in 1...300 {
                phases.arrived.add(1, ordering: .sequentiallyConsistent)
                phases.pool.barrier()
                let arrived = phases.arrived.load(ordering: .sequentiallyConsistent)
                if arrived < round * phases.pool.threads { phases.tooEarly.add(1, ordering: .relaxed) }
                phases.pool.barrier()
            }
        }
        #expect(phases.arrived.load(ordering: .relaxed) == 300 * threads)
        #expect(phases.tooEarly.load(ordering: .relaxed) == 0)
    }

    @Test("pools can be made and dropped at will")
    func stop() throws {
        for _ in 0..<20 { _ = try WorkerPool(threads: 4) }
    }
}
