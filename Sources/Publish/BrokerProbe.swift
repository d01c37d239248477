package import Base
import Glibc
package import Logging
import Runtime
package import Settings
import Synchronization

/// Asks once whether the broker takes us, and whether it passes on what we write, for `porchlight check`: same code, same
/// errors as the daemon's link.
package enum BrokerProbe {
    /// Nil when all is well; else what is wrong, in words.
    /// - Parameters:
    ///   - topic: below the box, that is written to and read.
    ///   - timeout: a broker that has not answered by then does not answer.
    package static func problem(
        _ settings: MQTTSettings, deviceID: String, topic: String = "check", within timeout: Duration, logger: Logger
    ) async -> String? {
        do throws(PublishError) {
            let topics = try Topics(
                prefix: settings.topicPrefix, deviceID: deviceID, homeAssistantPrefix: settings.homeAssistantPrefix)
            let traffic = ProbeTraffic(topic: "\(topics.root)/\(topic)", deadline: .now() + timeout)
            let link = try MQTTLink()
            // An id of its own and no will: a daemon that runs beside is not thrown out.
            var pace = LinkPace()
            pace.connectLimit = timeout / 3
            let client = LinkSettings(broker: settings, clientID: "porchlight-check-\(getpid())", will: nil, pace: pace)
            try link.start(client, traffic, logger)
            // A resolver may hang for minutes.
            await wait(atMost: timeout + .seconds(1)) { await link.waitForEnd() }
            if let problem = traffic.problem { return problem }
            if traffic.hasConnected { return nil }
            return link.currentStatus.lastError ?? noAnswer(settings)
        } catch {
            return "\(error)"
        }
    }

    private static func noAnswer(_ settings: MQTTSettings) -> String {
        "\(settings.host):\(settings.port) does not answer: is the broker running there, and its name known here?"
    }
}

/// Connects, writes a message that nobody keeps, and waits until it comes back.
private final class ProbeTraffic: LinkTraffic {
    private struct State {
        var hasConnected = false
        var hasFailed = false
        var isAsked = false
        var refusal: String?
        var isBack = false
    }

    private let topic: String
    private let deadline: MonotonicTime
    private let state = Mutex(State())

    init(topic: String, deadline: MonotonicTime) {
        self.topic = topic
        self.deadline = deadline
    }

    var hasConnected: Bool { state.withLock { $0.hasConnected } }

    /// What is wrong on a connection that the broker accepted.
    var problem: String? {
        state.withLock { [topic] state in
            guard state.hasConnected else { return nil }
            if let refusal = state.refusal {
                return "the broker does not take \(topic): \(refusal); may this user write below it?"
            }
            return state.isBack
                ? nil
                : "what is written to \(topic) does not come back: commands will not arrive. May this user write and read it?"
        }
    }

    var filters: [String] { [topic] }
    var isWhole: Bool { true }
    func connected(at now: MonotonicTime) { state.withLock { ($0.hasConnected, $0.isAsked) = (true, false) } }
    func disconnected(_ status: LinkStatus) {
        if !status.isUndecided { state.withLock { $0.hasFailed = true } }
    }
    func prepare(at now: MonotonicTime) {}
    func next(at now: MonotonicTime) -> Publication? {
        let isAsked = state.withLock { state in
            defer { state.isAsked = true }
            return state.isAsked
        }
        return isAsked ? nil : Publication(token: 1, topic: topic, payload: Payloads.online, isRetained: false)
    }
    func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {
        state.withLock { $0.refusal = refusal }
    }
    func heard(at now: MonotonicTime) {}
    func received(_ message: IncomingMessage, at now: MonotonicTime) {
        if message.topic == topic { state.withLock { $0.isBack = true } }
    }
    func shouldEnd(at now: MonotonicTime) -> Bool {
        now >= deadline || state.withLock { $0.isBack || $0.refusal != nil || $0.hasFailed }
    }
}
