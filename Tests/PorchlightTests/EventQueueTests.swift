import Base
import Porchlight
import Runtime
import Testing

@Suite struct EventQueueTests {
    private func event(_ phase: Event.Phase, _ number: Int) throws -> Event {
        let camera = try #require(CameraName("door"))
        return Event(
            id: "visit-\(number)", camera: camera, processor: ProcessorName(camera), label: .person, phase: phase,
            reason: phase == .ended ? .gone : nil, at: MonotonicTime(nanoseconds: Int64(number)),
            since: MonotonicTime(nanoseconds: 0), confidence: .half, box: .full, regionOverlap: 1,
            settingsRevision: 1, openCount: 1, looksSeen: 3, looksTaken: 3)
    }

    @Test("events come out in the order in which they went in")
    func order() async throws {
        let queue = EventQueue(capacity: 8)
        for number in 0..<5 { queue.put(try event(.started, number), pictures: nil) }
        #expect(await queue.take()?.map(\.event.id) == (0..<5).map { "visit-\($0)" })
    }

    @Test("when nobody takes them, better pictures are dropped and counted; beginnings and ends are kept")
    func dropsUpdates() async throws {
        let queue = EventQueue(capacity: 4)
        queue.put(try event(.started, 1), pictures: nil)
        for number in 2...7 { queue.put(try event(.updated, number), pictures: nil) }
        queue.put(try event(.ended, 8), pictures: nil)
        #expect(queue.dropped == 4)
        let phases = await queue.take()?.map(\.event.phase)
        #expect(phases == [.started, .updated, .updated, .ended])
    }

    @Test("full of what must not be lost, it makes the analysis wait instead of losing anything")
    func waits() async throws {
        let queue = EventQueue(capacity: 3)
        let events = try (0..<40).map { try event($0.isMultiple(of: 2) ? .started : .ended, $0) }
        let analysis = try NamedThread("analysis") {
            for event in events { queue.put(event, pictures: nil) }
            queue.finish()
        }
        var taken: [String] = []
        while let items = await queue.take() {
            #expect(items.count <= 3)
            taken += items.map(\.event.id)
        }
        analysis.join()
        #expect(taken == events.map(\.id))
        #expect(queue.dropped == 0)
    }

    @Test("whoever looks for a fault sees whether events wait, are told, or keep the analysis waiting")
    func phases() async throws {
        let queue = EventQueue(capacity: 2)
        #expect(queue.phase == .idle)
        queue.put(try event(.started, 1), pictures: nil)
        #expect(queue.phase == .telling)
        queue.put(try event(.started, 2), pictures: nil)
        #expect(queue.phase == .full)
        _ = await queue.take()
        #expect(queue.phase == .telling)
        queue.finish()
        #expect(queue.phase == .telling)
        #expect(await queue.take() == nil)
        #expect(queue.phase == .finished)
    }

    @Test("a taker that waits is told of the end")
    func end() async {
        let queue = EventQueue()
        async let rest = queue.take()
        queue.finish()
        #expect(await rest == nil)
    }
}
