package import Base
import Glibc
package import Logging
package import Runtime
package import Settings
import Synchronization

/// Takes everything off the broker that a box has left there: `porchlight mqtt purge`, for a box that goes away, gets
/// another name or another prefix. What is found below the box's root counts, and what its register remembers.
package enum TopicPurge {
    package struct Outcome: Sendable, Equatable {
        /// Retained topics of the box, sorted.
        package var topics: [String] = []
        /// Whether they are gone; false when they were only to be listed.
        package var isCleared = false

        package init(topics: [String], isCleared: Bool) {
            self.topics = topics
            self.isCleared = isCleared
        }
    }

    /// Why nothing was cleared, or not all.
    package enum Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        /// The box's `status` is `online`: it would publish everything again.
        case running(deviceID: String)
        case broker(String)
        /// The broker did not acknowledge these in time.
        case unfinished(left: Int)

        package var description: String {
            switch self {
            case .running(let deviceID):
                "the box \(deviceID) is online and would publish everything again; stop it first: "
                    + "systemctl stop porchlight"
            case .broker(let why): why
            case .unfinished(let left): "\(left) topics were not acknowledged by the broker in time; try again"
            }
        }
    }

    /// - Parameters:
    ///   - registerFile: of `TopicRegister`; emptied once the broker has acknowledged everything.
    ///   - onlyLists: changes nothing.
    ///   - timeout: for all of it.
    package static func run(
        _ settings: MQTTSettings, deviceID: String, registerFile: StorageFile, onlyLists: Bool,
        within timeout: Duration,
        logger: Logger
    ) async throws(Refusal) -> Outcome {
        let traffic: PurgeTraffic
        let link: MQTTLink
        do throws(PublishError) {
            let topics = try Topics(
                prefix: settings.topicPrefix, deviceID: deviceID, homeAssistantPrefix: settings.homeAssistantPrefix)
            let known = TopicRegister.reading(registerFile).register.topics
            traffic = PurgeTraffic(
                PurgePlan(topics: topics, known: known, onlyLists: onlyLists), deadline: .now() + timeout)
            link = try MQTTLink()
            let client = LinkSettings(broker: settings, clientID: "porchlight-purge-\(getpid())", will: nil)
            try link.start(client, traffic, logger)
        } catch {
            throw .broker("\(error)")
        }
        await link.waitForEnd()
        let plan = traffic.plan
        if plan.isRunning { throw .running(deviceID: deviceID) }
        guard plan.isConnected else {
            let broker = "\(settings.host):\(settings.port)"
            throw .broker(link.currentStatus.lastError ?? "\(broker) does not answer: is the broker running there?")
        }
        guard plan.isDone else { throw .unfinished(left: plan.left) }
        if !onlyLists { forget(registerFile, logger) }
        return Outcome(topics: plan.found, isCleared: !onlyLists)
    }

    private static func forget(_ registerFile: StorageFile, _ logger: Logger) {
        guard registerFile.exists else { return }
        do { try TopicRegister().write(registerFile) } catch {
            // The next start clears what is gone already: harmless.
            logger.warning("the register of retained topics stays as it was", metadata: ["error": "\(error)"])
        }
    }
}

/// What a purge has found and done. Pure; the clock is a parameter.
package struct PurgePlan: Sendable {
    /// Retained messages come right after the subscription; after so long without one all are here.
    private static let quiet = Duration.milliseconds(700)

    let topics: Topics
    private let onlyLists: Bool
    private var retained: Set<String>
    private var heardAt: MonotonicTime?
    private var waiting: [String] = []
    private var inFlight: Set<UInt64> = []
    private var sent: UInt64 = 0
    private var isListening = true
    package private(set) var isRunning = false

    package init(topics: Topics, known: Set<String>, onlyLists: Bool) {
        self.topics = topics
        self.onlyLists = onlyLists
        retained = known
    }

    package var isConnected: Bool { heardAt != nil }
    package var left: Int { isListening ? retained.count : waiting.count + inFlight.count }
    package var isDone: Bool { !isListening && (onlyLists || left == 0) }
    package var isOver: Bool { isRunning || isDone }
    package var found: [String] { retained.sorted() }

    package mutating func connected(at now: MonotonicTime) {
        // After a lost connection everything is listened to and sent again.
        (heardAt, waiting, inFlight, isListening) = (now, [], [], true)
    }

    package mutating func received(_ message: IncomingMessage, at now: MonotonicTime) {
        guard message.isRetained, message.payloadBytes > 0, isListening,
            retained.count < RetainedTopicCache.maxTopics || retained.contains(message.topic)
        else { return }
        heardAt = now
        retained.insert(message.topic)
        if message.topic == topics.status, message.payload == Payloads.online { isRunning = true }
    }

    package mutating func advance(to now: MonotonicTime) {
        guard isListening, let heardAt, now - heardAt >= Self.quiet else { return }
        isListening = false
        // Home Assistant first, so that its entities go before their states do.
        waiting = retained.sorted { ($0 == topics.discovery ? 0 : 1, $0) > ($1 == topics.discovery ? 0 : 1, $1) }
    }

    package mutating func next() -> Publication? {
        guard !isListening, !onlyLists, let topic = waiting.popLast() else { return nil }
        sent += 1
        inFlight.insert(sent)
        return Publication(token: sent, topic: topic, payload: [], isRetained: true)
    }

    package mutating func acknowledged(_ token: UInt64) { inFlight.remove(token) }
}

private final class PurgeTraffic: LinkTraffic {
    private let state: Mutex<PurgePlan>
    private let deadline: MonotonicTime
    let filters: [String]

    init(_ plan: PurgePlan, deadline: MonotonicTime) {
        state = Mutex(plan)
        self.deadline = deadline
        filters = ["\(plan.topics.root)/#", plan.topics.discovery]
    }

    var plan: PurgePlan { state.withLock { $0 } }

    var isWhole: Bool { true }
    func connected(at now: MonotonicTime) { state.withLock { $0.connected(at: now) } }
    func disconnected(_ status: LinkStatus) {}
    func prepare(at now: MonotonicTime) { state.withLock { $0.advance(to: now) } }
    func next(at now: MonotonicTime) -> Publication? { state.withLock { $0.next() } }
    func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {
        state.withLock { $0.acknowledged(token) }
    }
    func heard(at now: MonotonicTime) {}
    func received(_ message: IncomingMessage, at now: MonotonicTime) {
        state.withLock { $0.received(message, at: now) }
    }
    func shouldEnd(at now: MonotonicTime) -> Bool { now >= deadline || state.withLock { $0.isOver } }
}
