package import Base
import Glibc
package import Logging
import Synchronization

/// Asks once whether the broker takes us, for `porchlight check`: same code, same errors as the daemon's link.
package enum BrokerProbe {
    /// Nil when the broker accepted; else what is wrong, in words.
    /// - Parameter timeout: a broker that has not answered by then does not answer.
    package static func problem(_ settings: MQTTSettings, within timeout: Duration, logger: Logger) async -> String? {
        let traffic = ProbeTraffic(deadline: .now() + timeout)
        do throws(PublishError) {
            let link = try MQTTLink()
            // An id of its own and no will: a daemon that runs beside is not thrown out, and nothing is published.
            let settings = LinkSettings(broker: settings, clientID: "porchlight-check-\(getpid())", will: nil)
            try link.start(settings, traffic, logger)
            await link.waitForEnd()
            if traffic.hasConnected { return nil }
            return link.currentStatus.lastError
                ?? "\(settings.broker.host):\(settings.broker.port) does not answer: is the broker running there?"
        } catch {
            return "\(error)"
        }
    }
}

/// Ends after the first answer, whatever it is.
private final class ProbeTraffic: LinkTraffic {
    private let deadline: MonotonicTime
    private let answer = Mutex(Bool?.none)

    init(deadline: MonotonicTime) { self.deadline = deadline }

    var hasConnected: Bool { answer.withLock { $0 == true } }

    var filters: [String] { [] }
    var isWhole: Bool { true }
    func connected(at now: MonotonicTime) { answer.withLock { $0 = true } }
    func disconnected(_ status: LinkStatus) { answer.withLock { $0 = $0 ?? false } }
    func prepare(at now: MonotonicTime) {}
    func next(at now: MonotonicTime) -> Publication? { nil }
    func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {}
    func heard(at now: MonotonicTime) {}
    func received(_ message: IncomingMessage, at now: MonotonicTime) {}
    func shouldEnd(at now: MonotonicTime) -> Bool { now >= deadline || answer.withLock { $0 != nil } }
}
