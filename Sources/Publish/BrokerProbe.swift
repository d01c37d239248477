package import Base
import Glibc
package import Logging
import Runtime
package import Settings
import Synchronization

/// Asks once whether the broker takes us, and whether it passes on what we write, for `porchlight check`: same code, same
/// errors as the daemon's link.
package enum BrokerProbe {
    package struct Answer: Sendable, Equatable {
        /// Nil when all is well; else what is wrong, in words.
        package var problem: String?
        /// What may be wrong, and is a matter of the owner's rights.
        package var note: String?
    }

    /// - Parameters:
    ///   - topic: below the box, that is written to and read.
    ///   - timeout: a broker that has not answered by then does not answer.
    package static func answer(
        _ settings: MQTTSettings, deviceID: String, topic: String = "check", within timeout: Duration, logger: Logger
    ) async -> Answer {
        do throws(PublishError) {
            let topics = try Topics(
                prefix: settings.topicPrefix, deviceID: deviceID, homeAssistantPrefix: settings.homeAssistantPrefix)
            let own = "\(topics.root)/\(topic)"
            let isDaemons = own == topics.check && settings.homeAssistantDiscovery
            let places = ProbePlaces(own: own, homeAssistant: isDaemons ? topics.homeAssistantCheck : nil)
            let traffic = ProbeTraffic(places, deadline: .now() + timeout)
            let link = try MQTTLink()
            // An id of its own and no will: a daemon that runs beside is not thrown out.
            var pace = LinkPace()
            // Two tries: brokers that know only MQTT 3.1.1 may not answer the first one.
            pace.connectLimit = timeout / 2
            let client = LinkSettings(broker: settings, clientID: "porchlight-check-\(getpid())", will: nil, pace: pace)
            try link.start(client, traffic, logger)
            // A resolver may hang for minutes.
            await wait(atMost: timeout + .seconds(1)) { await link.waitForEnd() }
            if let answer = traffic.answer { return answer }
            return Answer(problem: link.currentStatus.lastError ?? noAnswer(settings))
        } catch {
            return Answer(problem: "\(error)")
        }
    }

    private static func noAnswer(_ settings: MQTTSettings) -> String {
        "\(settings.host):\(settings.port) does not answer: is the broker running there, and its name known here?"
    }
}

/// What is written where, and what became of it. Pure; the clock is a parameter.
package struct ProbePlaces: Sendable {
    /// Once our own topic is back the other one gets so long: it went out at the same time.
    private static let patience = Duration.seconds(2)

    private struct Place: Sendable {
        let topic: String
        var isAsked = false
        var refusal: String?
        var isBack = false
        var isSettled: Bool { isBack || refusal != nil }
    }

    private var own: Place
    private var homeAssistant: Place?
    private var backAt: MonotonicTime?

    package init(own: String, homeAssistant: String?) {
        self.own = Place(topic: own)
        self.homeAssistant = homeAssistant.map { Place(topic: $0) }
    }

    package var topics: [String] { [own.topic] + (homeAssistant.map { [$0.topic] } ?? []) }

    /// The next topic to write to, with its number; nil when all are written.
    package mutating func next() -> (token: UInt64, topic: String)? {
        if !own.isAsked {
            own.isAsked = true
            return (1, own.topic)
        }
        guard let place = homeAssistant, !place.isAsked else { return nil }
        homeAssistant?.isAsked = true
        return (2, place.topic)
    }

    package mutating func asksAgain() {
        own.isAsked = false
        homeAssistant?.isAsked = false
    }

    package mutating func acknowledged(_ token: UInt64, refusal: String?) {
        if token == 1 { own.refusal = refusal } else { homeAssistant?.refusal = refusal }
    }

    package mutating func heard(_ topic: String, at now: MonotonicTime) {
        if topic == own.topic { (own.isBack, backAt) = (true, backAt ?? now) }
        if topic == homeAssistant?.topic { homeAssistant?.isBack = true }
    }

    /// Nothing more is to be learned.
    package func isOver(at now: MonotonicTime) -> Bool {
        guard own.isSettled else { return false }
        guard let homeAssistant, !homeAssistant.isSettled else { return true }
        return backAt.map { now - $0 >= Self.patience } ?? false
    }

    package var answer: BrokerProbe.Answer {
        if let refusal = own.refusal {
            return .init(problem: "the broker does not take \(own.topic): \(refusal); may this user write below it?")
        }
        guard own.isBack else {
            return .init(
                problem: "what is written to \(own.topic) does not come back: commands will not arrive. "
                    + "May this user write and read it?")
        }
        guard let homeAssistant, !homeAssistant.isBack else { return .init() }
        if let refusal = homeAssistant.refusal {
            return .init(
                problem:
                    "the broker does not take \(homeAssistant.topic): \(refusal); Home Assistant will not find this "
                    + "box. May this user write below it?")
        }
        return .init(
            note:
                "mqtt: what is written to \(homeAssistant.topic) does not come back. This user may not read it, which harms "
                + "nobody, or not write it: then Home Assistant will not find this box")
    }
}

/// Connects, writes messages that nobody keeps, and waits until they come back.
private final class ProbeTraffic: LinkTraffic {
    private struct State {
        var hasConnected = false
        var hasFailed = false
        var places: ProbePlaces
    }

    let filters: [String]
    private let deadline: MonotonicTime
    private let state: Mutex<State>

    init(_ places: ProbePlaces, deadline: MonotonicTime) {
        filters = places.topics
        self.deadline = deadline
        state = Mutex(State(places: places))
    }

    /// Of a connection that the broker accepted.
    var answer: BrokerProbe.Answer? { state.withLock { $0.hasConnected ? $0.places.answer : nil } }

    var isWhole: Bool { true }
    func connected(at now: MonotonicTime) {
        state.withLock { state in
            state.hasConnected = true
            state.places.asksAgain()
        }
    }
    func disconnected(_ status: LinkStatus) {
        if !status.isUndecided { state.withLock { $0.hasFailed = true } }
    }
    func prepare(at now: MonotonicTime) {}
    func next(at now: MonotonicTime) -> Publication? {
        let next = state.withLock { $0.places.next() }
        return next.map { Publication(token: $0.token, topic: $0.topic, payload: Payloads.online, isRetained: false) }
    }
    func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {
        state.withLock { $0.places.acknowledged(token, refusal: refusal) }
    }
    func heard(at now: MonotonicTime) {}
    func received(_ message: IncomingMessage, at now: MonotonicTime) {
        state.withLock { $0.places.heard(message.topic, at: now) }
    }
    func shouldEnd(at now: MonotonicTime) -> Bool {
        now >= deadline || state.withLock { $0.hasFailed || $0.places.isOver(at: now) }
    }
}
