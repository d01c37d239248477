import Base
import Porchlight
import Testing

@Suite("What is wrong with a camera has its time, and goes with it") struct CameraStatusStoreTests {
    private let door = CameraName("door")
    private let slow = CameraTrouble(.slow, "slow: more light")

    private func store(_ name: CameraName) -> CameraStatusStore {
        CameraStatusStore([name], block: AnalysisBlock {}) {}
    }

    @Test("a camera that is starting has no trouble; one that is lost has, and keeps the time")
    func offline() throws {
        let name = try #require(door)
        let statuses = store(name)
        #expect(statuses.report(of: name)?.troubles.isEmpty == true)
        statuses.update(name) { $0.phase = .offline(reason: "unplugged") }
        let first = try #require(statuses.report(of: name)?.troubles.first)
        #expect(first.kind == .offline && first.words == "unplugged" && first.since != nil)
        statuses.update(name) { $0.phase = .offline(reason: "still unplugged") }
        #expect(statuses.report(of: name)?.troubles.first?.since == first.since)
        statuses.update(name) { $0.phase = .online }
        #expect(statuses.report(of: name)?.troubles.isEmpty == true)
    }

    @Test("what is unusual while it is online ends when it is lost")
    func online() throws {
        let name = try #require(door)
        let statuses = store(name)
        statuses.update(name) { report in
            report.phase = .online
            report.sourceTroubles = [slow]
        }
        #expect(statuses.report(of: name)?.troubles.map(\.kind) == [.slow])
        #expect(statuses.report(of: name)?.reason == slow.words)
        statuses.update(name) { $0.phase = .offline(reason: "unplugged") }
        #expect(statuses.report(of: name)?.troubles.map(\.kind) == [.offline])
    }
}
