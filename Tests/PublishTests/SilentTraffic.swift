import Base
import Publish
import Synchronization

/// Traffic that only connects.
final class SilentTraffic: LinkTraffic {
    private let isOver = Mutex(false)

    func end() { isOver.withLock { $0 = true } }

    var filters: [String] { [] }
    var isWhole: Bool { true }
    func connected(at now: MonotonicTime) {}
    func disconnected(_ status: LinkStatus) {}
    func prepare(at now: MonotonicTime) {}
    func next(at now: MonotonicTime) -> Publication? { nil }
    func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {}
    func heard(at now: MonotonicTime) {}
    func received(_ message: IncomingMessage, at now: MonotonicTime) {}
    func shouldEnd(at now: MonotonicTime) -> Bool { isOver.withLock { $0 } }
}
