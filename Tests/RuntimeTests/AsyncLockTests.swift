import Base
import Runtime
import Synchronization
import Testing

@Suite("A lock that may be held over an await")
struct AsyncLockTests {
    private final class Diary: Sendable {
        private let lines = Mutex<[Int]>([])
        private let inside = Mutex(0)
        private let most = Mutex(0)

        var all: [Int] { lines.withLock { $0 } }
        var mostInside: Int { most.withLock { $0 } }

        func enter(_ number: Int) {
            lines.withLock { $0.append(number) }
            let count = inside.withLock { inside in
                inside += 1
                return inside
            }
            most.withLock { $0 = max($0, count) }
        }

        func leave() { inside.withLock { $0 -= 1 } }
    }

    @Test("changes that come together are made one after the other, in the order in which they came")
    func order() async {
        let (lock, diary) = (AsyncLock(), Diary())
        await lock.lock()
        await withTaskGroup { group in
            for number in 0..<20 {
                group.addTask {
                    await lock.lock()
                    defer { lock.unlock() }
                    diary.enter(number)
                    for _ in 0..<3 { await Task.yield() }
                    diary.leave()
                }
                while lock.waitingCount <= number { await Task.yield() }
            }
            lock.unlock()
        }
        #expect(diary.all == Array(0..<20))
        #expect(diary.mostInside == 1)
    }

    @Test("whoever is cancelled while it waits keeps nobody waiting for ever")
    func cancelled() async {
        let lock = AsyncLock()
        await lock.lock()
        let waiting = Task {
            await lock.lock()
            lock.unlock()
        }
        while lock.waitingCount == 0 { await Task.yield() }
        waiting.cancel()
        lock.unlock()
        await waiting.value
        await lock.lock()
        lock.unlock()
        #expect(lock.waitingCount == 0)
    }
}
