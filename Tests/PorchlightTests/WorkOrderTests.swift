import Base
import Porchlight
import TestSupport
import Testing

private func kind(_ name: String, capacity: Int? = 3, deadline: Duration? = nil, patience: Int = 2) -> WorkKind {
    WorkKind(name: name, words: name, capacity: capacity, deadline: deadline, patience: patience)
}

private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

@Suite("Which work of the networks is next")
struct WorkOrderTests {
    /// Names of what is done in `count` turns while all of `waiting` always have work.
    private func turns(_ count: Int, _ order: inout WorkOrder, _ kinds: [WorkKind], waiting: Set<String>) -> [String] {
        (0..<count).compactMap { _ in order.next { waiting.contains(kinds[$0].name) }.map { kinds[$0].name } }
    }

    @Test("a look that wants a second one is finished before the next look begins")
    func secondLooksFirst() {
        var order = WorkOrder(WorkTable.rows)
        let waiting: Set = ["second_look", "camera_look"]
        let done = turns(1, &order, WorkTable.rows, waiting: waiting)
        #expect(done == ["second_look"])
    }

    @Test("somebody's single picture is looked at although the cameras never pause, and costs them every third turn")
    func singlePictures() {
        var order = WorkOrder(WorkTable.rows)
        let done = turns(9, &order, WorkTable.rows, waiting: ["camera_look", "still_image"])
        #expect(done == (0..<3).flatMap { _ in ["camera_look", "camera_look", "still_image"] })
    }

    @Test("a kind that had nothing to do has saved no turns")
    func nothingSaved() {
        var order = WorkOrder(WorkTable.rows)
        _ = turns(100, &order, WorkTable.rows, waiting: ["camera_look"])
        let done = turns(2, &order, WorkTable.rows, waiting: ["camera_look", "still_image"])
        #expect(done == ["camera_look", "camera_look"])
    }

    @Test("of two kinds that have waited too long the one that has waited longer beyond its patience comes first")
    func mostStarvedFirst() {
        let kinds = [kind("a"), kind("b", patience: 3), kind("c", patience: 1)]
        var order = WorkOrder(kinds)
        let done = turns(8, &order, kinds, waiting: ["a", "b", "c"])
        #expect(done == ["a", "c", "a", "b", "c", "a", "c", "b"])
    }

    @Test("whatever the others have to do, every kind that waits has its turn soon", arguments: UInt64(0)..<20)
    func nobodyStarves(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let kinds = (0..<6).map { kind("\($0)", patience: Int.random(in: 1...5, using: &random)) }
        var order = WorkOrder(kinds)
        var waited = kinds.map { _ in 0 }
        for _ in 0..<5000 {
            // Whoever waits goes on waiting; the others come and go.
            let waiting = kinds.indices.map { waited[$0] > 0 || Bool.random(using: &random) }
            guard let next = order.next(where: { waiting[$0] }) else { continue }
            #expect(waiting[next])
            for index in kinds.indices { waited[index] = waiting[index] && index != next ? waited[index] + 1 : 0 }
            #expect(zip(waited, kinds).allSatisfy { $0 <= $1.patience + kinds.count })
        }
    }

    @Test("when nothing waits there is nothing to do")
    func idle() {
        var order = WorkOrder(WorkTable.rows)
        let next = order.next { _ in false }
        #expect(next == nil)
    }

    @Test("every kind has a name of its own")
    func names() {
        #expect(Set(WorkTable.rows.map(\.name)).count == WorkTable.rows.count)
    }
}

@Suite("Work that waits for the networks")
struct WorkLineTests {
    @Test("who came first is answered first, and who finds no room is told so")
    func boundedAndInOrder() {
        var line = WorkLine<Int>(kind("x", capacity: 3))
        let isIn = (1...4).map { line.add($0, at: time(0)) }
        #expect(isIn == [true, true, true, false] && line.count == 3)
        let taken = (1...4).map { _ in line.take() }
        #expect(taken == [1, 2, 3, nil])
        let hasRoom = line.add(5, at: time(0))
        #expect(hasRoom)
    }

    @Test("what has waited longer than its deadline is answered as too late, and nothing else")
    func late() {
        var line = WorkLine<Int>(kind("x", deadline: .seconds(2)))
        for (work, second) in [(1, 0.0), (2, 1.0), (3, 2.5)] { _ = line.add(work, at: time(second)) }
        let late = [2, 3.1, 3.1, 3.1].map { line.takeLate(at: time($0)) }
        #expect(late == [nil, 1, 2, nil])
        let rest = line.take()
        #expect(rest == 3 && line.isEmpty)
    }

    @Test("what a clip needs to tell the same on every box is never too late")
    func neverLate() {
        var line = WorkLine<Int>(kind("x", deadline: .seconds(2)))
        _ = line.add(1, at: time(0), mayBeLate: false)
        let (late, rest) = (line.takeLate(at: time(1e6)), line.take())
        #expect(late == nil && rest == 1)
    }

    @Test("what waits, was done, came too late or found no room is counted")
    func counted() {
        let kind = kind("x", capacity: 2, deadline: .seconds(1))
        let counters = WorkCounters([kind])
        let queue = WorkQueue<Int>(kind, counters)
        for work in 1...3 { _ = queue.add(work, at: time(0)) }
        #expect(counters.counts(of: kind) == .init(waiting: 2, refused: 1))
        _ = queue.take()
        _ = queue.takeLate(at: time(9))
        #expect(counters.counts(of: kind) == .init(waiting: 0, done: 1, late: 1, refused: 1))
        #expect(counters.json["x"]?["late"]?.int == 1)
        #expect(counters.prometheusText.contains("porchlight_work_late_total{kind=\"x\"} 1\n"))
    }

    @Test("after the end nothing is taken on, and what waits can be told so")
    func closed() {
        let kind = kind("x")
        let counters = WorkCounters([kind])
        let queue = WorkQueue<Int>(kind, counters)
        _ = queue.add(1)
        queue.close()
        #expect(!queue.add(2) && queue.withdraw() == 1 && queue.isEmpty)
        #expect(counters.counts(of: kind) == .init())
    }
}
