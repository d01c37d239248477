import Base
import Dispatch
import Publish
import Runtime
import Settings
import Synchronization
import Testing

/// Remembers what the thread said.
private final class SpokenWords: ThreadHeartbeat {
    private struct State {
        var all: [ThreadWork] = []
        var last: ThreadWork?
        var quietFor = Duration.zero
    }

    private let state = Mutex(State())

    func beat(_ doing: ThreadWork, quietFor: Duration) {
        state.withLock { state in
            if state.all.count < 10_000 { state.all.append(doing) }
            (state.last, state.quietFor) = (doing, quietFor)
        }
    }

    func rest() { state.withLock { $0.last = nil } }

    var last: ThreadWork? { state.withLock(\.last) }
    var quietFor: Duration { state.withLock(\.quietFor) }
    func hasSaid(_ words: ThreadWork) -> Bool { state.withLock { $0.all.contains(words) } }
}

/// Traffic whose file is on a disk that hangs when a test says so.
private final class HangingTraffic: LinkTraffic {
    private struct State {
        var hangs = false
        var isOver = false
    }

    private let state = Mutex(State())
    private let answer = DispatchSemaphore(value: 0)

    func hang() { state.withLock { $0.hangs = true } }

    func end() {
        state.withLock { ($0.hangs, $0.isOver) = (false, true) }
        answer.signal()
    }

    var registerFile: String? { "/storage/retained-topics.json" }
    func prepare(at now: MonotonicTime) { if state.withLock(\.hangs) { answer.wait() } }
    func shouldEnd(at now: MonotonicTime) -> Bool { state.withLock(\.isOver) }

    var filters: [String] { [] }
    var isWhole: Bool { true }
    func connected(at now: MonotonicTime) {}
    func disconnected(_ status: LinkStatus) {}
    func next(at now: MonotonicTime) -> Publication? { nil }
    func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {}
    func heard(at now: MonotonicTime) {}
    func received(_ message: IncomingMessage, at now: MonotonicTime) {}
}

@Suite("the thread that talks to the broker says what it begins", .timeLimit(.minutes(1)))
struct ThreadHeartbeatTests {
    @Test("what does not come back is the last that was heard of it; when it has ended, its silence is meant so")
    func lastWords() async throws {
        let (words, traffic, link) = (SpokenWords(), HangingTraffic(), try MQTTLink())
        // Nobody listens on port 1: the link tries again and again.
        let settings = LinkSettings(
            broker: MQTTSettings(host: "127.0.0.1", port: 1), clientID: "box", will: nil, pace: .quick)
        try link.start(settings, traffic, heartbeat: words, quiet)
        #expect(await eventually { words.hasSaid(.nameLookup(host: "127.0.0.1")) })
        #expect(await eventually { words.hasSaid(.step("waiting for the broker")) })
        #expect(await eventually { words.hasSaid(.step("TLS and MQTT with the broker")) })

        traffic.hang()
        link.wake()
        let file = ThreadWork.writing(path: "/storage/retained-topics.json")
        #expect(await eventually { words.last == file && words.quietFor == .zero })

        traffic.end()
        link.wake()
        await link.waitForEnd()
        #expect(words.last == nil)
    }
}
