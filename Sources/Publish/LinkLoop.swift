import Base
import Glibc
import Logging
import Runtime
import Settings

/// The body of the thread: decide purely (`LinkState`, `Deliveries`), act here.
struct LinkLoop: ~Copyable {
    private static let goodbyeLimit = Duration.milliseconds(200)
    private static let mostRefusals = 8
    private static let talking = "TLS and MQTT with the broker"
    /// The resolver asks up to three name servers twice and waits 5 s each time (resolv.conf(5)).
    private static let lookupLimit = Duration.seconds(30)

    private let settings: LinkSettings
    private let traffic: any LinkTraffic
    private let alarm: WakeDescriptor
    private let heartbeat: (any ThreadHeartbeat)?
    private let logger: Logger
    private var state: LinkState
    private var session: BrokerSession?
    private var deliveries = Deliveries()
    private var status = LinkStatus()

    init(
        settings: LinkSettings, traffic: any LinkTraffic, alarm: WakeDescriptor, heartbeat: (any ThreadHeartbeat)?,
        logger: Logger
    ) {
        self.settings = settings
        self.traffic = traffic
        self.alarm = alarm
        self.heartbeat = heartbeat
        self.logger = logger
        state = LinkState(at: .now(), pace: settings.pace)
    }

    mutating func run(_ report: (LinkStatus) -> Void) {
        defer { heartbeat?.rest() }
        while true {
            heartbeat?.beat(traffic.registerFile.map(ThreadWork.writing) ?? .step("choosing what to send"))
            traffic.prepare(at: .now())
            heartbeat?.beat(.step(Self.talking))
            if traffic.shouldEnd(at: .now()) { break }
            do throws(LinkFailure) {
                try takeStep()
                if state.isOnline { try sendWhileThereIsRoom() }
                try exchange()
                if state.isOnline, traffic.isWhole { state.becameWhole() }
            } catch { drop(error) }
            publishStatus(report)
        }
        sayGoodbye()
        status.isConnected = false
        report(status)
    }

    private mutating func takeStep() throws(LinkFailure) {
        switch state.step(at: .now()) {
        case .nothing: return
        case .abandon(let reason):
            let isUnanswered = !state.isOnline && session?.isConnected ?? false
            throw LinkFailure(reason, isUnanswered ? .silence : .other)
        case .renew:
            session?.sayGoodbye(until: .now() + Self.goodbyeLimit)
            leave()
            logger.info("broker left and joined again, to see whether it speaks MQTT 5")
        case .open:
            heartbeat?.beat(.nameLookup(host: settings.broker.host), quietFor: Self.lookupLimit)
            do throws(PublishError) { session = try BrokerSession(settings, state.offer) } catch {
                throw LinkFailure(error.description)
            }
            heartbeat?.beat(.step(Self.talking))
        }
    }

    private mutating func sendWhileThereIsRoom() throws(LinkFailure) {
        guard let session else { return }
        let terms = session.terms
        while deliveries.hasRoom(terms), let publication = traffic.next(at: .now()) {
            if let refusal = deliveries.refusal(publication, terms, at: .now()) {
                refuse(publication.token, publication.topic, refusal)
            } else if let messageID = try session.publish(publication) {
                deliveries.sent(messageID, publication, at: .now())
            } else {
                refuse(publication.token, publication.topic, "MQTT cannot carry it")
            }
        }
        switch deliveries.takeOverdue(at: .now()) {
        case nil: return
        case .reconnect(let topic): throw LinkFailure("the broker does not acknowledge \(topic)")
        case .giveUp(let token, let topic): refuse(token, topic, "the broker never acknowledges it")
        }
    }

    private mutating func refuse(_ token: UInt64, _ topic: String, _ reason: String) {
        if status.refusals[topic] != reason, status.refusals.count < Self.mostRefusals {
            status.refusals[topic] = reason
            logger.warning("broker refuses a topic", metadata: ["topic": "\(topic)", "reason": "\(reason)"])
        }
        traffic.acknowledged(token, refusal: reason, at: .now())
    }

    /// Waits for the sockets, the alarm or the end of the round, and moves bytes.
    private mutating func exchange() throws(LinkFailure) {
        var files = [pollfd(fd: alarm.raw, events: Int16(POLLIN), revents: 0)] + (session?.interests ?? [])
        let pause = state.pause(at: .now())
        heartbeat?.beat(.step("waiting for the broker"), quietFor: pause)
        // An interrupted or failed poll is a short round.
        _ = unsafe poll(&files, nfds_t(files.count), CInt(pause.milliseconds))
        heartbeat?.beat(.step(Self.talking))
        if files[0].revents != 0 { alarm.silence() }
        guard let session else { return }
        let hasHeard: Bool
        do throws(LinkFailure) { hasHeard = try session.exchange() } catch {
            try heedSignals()  // what the callbacks said (the broker's own reason) is better than the call's code
            throw error
        }
        if hasHeard { state.heard(at: .now()) }
        try heedSignals()
        // Bytes that a dead broker left in the socket are no sign of life.
        let isHungUp = CInt(files[1].revents) & (BrokerSession.hangUp | CInt(POLLHUP) | CInt(POLLERR)) != 0
        if hasHeard, !isHungUp, state.isOnline { traffic.heard(at: .now()) }
    }

    private mutating func heedSignals() throws(LinkFailure) {
        guard let signals = session?.takeSignals() else { return }
        for signal in signals {
            switch signal {
            case .accepted: try greet()
            case .refused(let failure), .lost(let failure): throw failure
            case .acknowledged(let messageID, let refusal): acknowledged(messageID, refusal)
            case .subscribed(let refusals):
                if refusals > 0 { noteRefusedSubscription() }
            case .received(let message): traffic.received(message, at: .now())
            }
        }
    }

    private mutating func noteRefusedSubscription() {
        let words = "it refuses a subscription: commands may not arrive"
        guard !status.limits.contains(words) else { return }
        status.limits.append(words)
        logger.warning("broker refuses a subscription; commands may not arrive")
    }

    private mutating func acknowledged(_ messageID: CInt, _ refusal: String?) {
        guard let (token, topic) = deliveries.acknowledged(messageID) else { return }
        if let refusal { return refuse(token, topic, refusal) }
        status.refusals[topic] = nil
        traffic.acknowledged(token, refusal: nil, at: .now())
    }

    private mutating func greet() throws(LinkFailure) {
        guard let session else { return }
        state.connected(at: .now())
        for filter in traffic.filters { try session.subscribe(to: filter) }
        for filter in traffic.lossyFilters { try session.subscribe(to: filter, quality: 0) }
        traffic.connected(at: .now())
        status.limits = session.terms.limits
        logger.notice(
            "broker connected",
            metadata: [
                "broker": "\(settings.broker.host):\(settings.broker.port)",
                "version5": "\(state.offer.isVersion5)", "limits": "\(status.limits)",
            ])
    }

    private mutating func drop(_ failure: LinkFailure) {
        let failure = state.isOnline ? failure : failure.beforeAnswer(of: settings.broker)
        let (wasOnline, before) = (state.isOnline, state.lastError)
        deliveries.connectionEnded(failure.kind, at: .now())
        state.failed(failure, at: .now(), random: .random(in: 0..<1))
        if wasOnline || state.lastError != before {
            logger.warning("broker away", metadata: ["reason": "\(state.lastError ?? failure.reason)"])
        }
        leave()
    }

    private mutating func leave() {
        session = nil
        deliveries.connectionEnded(.other, at: .now())
        var now = status
        now.isConnected = false
        now.lastError = state.lastError
        now.isUndecided = state.offer.isUndecided || state.pause(at: .now()) <= .milliseconds(1)
        traffic.disconnected(now)
    }

    private mutating func publishStatus(_ report: (LinkStatus) -> Void) {
        if status.isConnected != state.isOnline { status.since = .now() }
        status.isConnected = state.isOnline
        status.lastError = state.lastError
        status.attempts = state.attempts
        status.connections = state.connections
        status.inFlight = deliveries.count
        report(status)
    }

    /// DISCONNECT, so that the broker drops the will, and up to 200 ms to get it out.
    private mutating func sayGoodbye() {
        guard state.isOnline else { return }
        session?.sayGoodbye(until: .now() + Self.goodbyeLimit)
        session = nil
    }
}
