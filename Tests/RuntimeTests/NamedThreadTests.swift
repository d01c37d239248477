import Foundation
import Runtime
import Synchronization
import Testing

@Suite("A thread with a name")
struct NamedThreadTests {
    /// What the kernel has mapped for this process.
    private static func mappings() throws -> Int {
        try OwnedFileDescriptor.opening("/proc/self/maps", O_RDONLY).read(atMost: 16 << 20).count {
            $0 == UInt8(ascii: "\n")
        }
    }

    @Test("threads that nobody waits for leave no stack behind, however many come and go")
    func nobodyWaits() throws {
        let ended = DispatchSemaphore(value: 0)
        let before = try Self.mappings()
        for _ in 0..<1000 {
            _ = try NamedThread("short") { ended.signal() }
            ended.wait()
        }
        #expect(try Self.mappings() - before < 1000, "each would have left a stack and its guard page")
    }

    @Test("whoever waits for a thread goes on when it has ended, and may ask again")
    func join() throws {
        let isDone = Atomic(false)
        let thread = try NamedThread("worker") { isDone.store(true, ordering: .releasing) }
        thread.join()
        let wasDone = isDone.load(ordering: .acquiring)
        #expect(wasDone)
        thread.join()
    }
}
