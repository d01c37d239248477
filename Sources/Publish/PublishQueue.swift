package import Base

/// What the broker is to hear, and when: retained states, events of the outbox, answers. Pure; the clock is a parameter.
///
/// On each connection: clear leftovers, states, discovery, `status` online, pictures; then answers, then events.
package struct PublishQueue: Sendable {
    package enum Phase: Sendable, Equatable { case offline, greeting, live }

    /// Counters since the start of the program.
    package struct Counters: Sendable, Equatable {
        package var eventsSent = 0
        package var noticesDropped = 0
        package var imagesDropped = 0
        package var refusedByBroker = 0
        package var retainedCommandsIgnored = 0
        package var commandsDropped = 0
    }

    fileprivate enum Cargo: Sendable {
        case retained(RetainedTopicCache.Entry)
        case event(Int64)
        case notice

        var isRetained: Bool { if case .retained = self { true } else { false } }
        var isEvent: Bool { if case .event = self { true } else { false } }
    }

    package static let maxNotices = 256
    package static let maxNoticeBytes = 4 << 20
    /// Events taken from the outbox ahead of the window; more are fetched when half of them are gone.
    package static let maxEventsAhead = 64
    package static let fetchLimit = 160
    /// Acknowledged events that wait to be believed; when there are more the oldest are believed early.
    package static let maxYoungEvents = 4096
    package static let heartbeat = Duration.seconds(60)
    package static let imageInterval = Duration.seconds(1)
    /// Until then the last events may still go out before `status` says offline; all is over at `closingLimit`.
    static let drainLimit = Duration.milliseconds(600)
    static let closingLimit = Duration.milliseconds(950)

    /// Permission to look into the outbox.
    package struct FetchTicket: Sendable, Equatable {
        /// Only events after it are asked for.
        package var after: Int64
        fileprivate var connection: Int
        fileprivate var recordings: UInt64
    }

    package let topics: Topics
    package let bootID: String
    let isDiscoveryOn: Bool
    /// What the model can emit: what there is to switch.
    let labels: Set<Label>
    let pictures: PictureSettings
    /// Of this program, for Home Assistant.
    let version: String
    private let belief: Duration

    package var retained: RetainedTopicCache
    package var counters = Counters()
    /// Home Assistant's components as the broker may still hold them: id -> platform.
    package var componentsOnBroker: [String: String]
    package var areComponentsDirty = false
    /// Home Assistant's components as it was last told: id -> platform.
    var toldComponents: [String: String]
    var processors: [ProcessorName: ProcessorDescription] = [:]
    var cameras: [CameraName: Bool] = [:]
    var lastImage: [String: MonotonicTime] = [:]
    /// The latest event of each label with somebody in view, by the topic of its attributes. Processor and camera decide
    /// whether it is shown.
    var open: [String: Event] = [:]

    package private(set) var phase = Phase.offline
    private var connectedAt = MonotonicTime(nanoseconds: .min)
    private var closingSince: MonotonicTime?
    private var heartbeatAt: MonotonicTime?
    private var resendAt: MonotonicTime?

    private var lastToken: UInt64 = 0
    private var inFlight: [UInt64: Cargo] = [:]
    private var notices: [(topic: String, payload: [UInt8])] = []
    private var noticeBytes = 0
    private var events: [RecordedEvent] = []
    private var lastOffered = Int64.min
    /// Acknowledged on this connection and not believed yet, oldest first.
    private var youngEvents: [(sequence: Int64, at: MonotonicTime)] = []
    private var acknowledgedEvents: [Int64] = []
    private var connections = 0
    /// The outbox has nothing that we have not taken.
    private var isOutboxDrained = false
    /// Counts `eventsRecorded`.
    private var recordings: UInt64 = 0

    package init(
        topics: Topics, bootID: String, register: TopicRegister, isDiscoveryOn: Bool,
        labels: Set<Label> = Set(Label.allCases), pictures: PictureSettings = PictureSettings(),
        version: String = "", belief: Duration = LinkPace.usual.belief
    ) {
        self.topics = topics
        self.bootID = bootID
        self.isDiscoveryOn = isDiscoveryOn
        self.labels = labels
        self.pictures = pictures
        self.version = version
        self.belief = belief
        retained = RetainedTopicCache(register: register.topics)
        componentsOnBroker = register.components
        toldComponents = register.components
    }

    // MARK: - Connection

    package mutating func connected(at now: MonotonicTime) {
        phase = .greeting
        connections += 1
        connectedAt = now
        heartbeatAt = now + Self.heartbeat
        resendAt = nil
        forgetInFlight()
        retained.resendAll()
    }

    package mutating func disconnected() {
        phase = .offline
        forgetInFlight()
    }

    /// What was not acknowledged, or not believed, is sent again: retained topics by the board, events by the outbox,
    /// answers not at all.
    private mutating func forgetInFlight() {
        inFlight = [:]
        youngEvents = []
        events = []
        lastOffered = .min
        isOutboxDrained = false
    }

    /// Home Assistant has come back and forgot everything; `delay` spreads the answers of many boxes.
    package mutating func homeAssistantIsBack(at now: MonotonicTime, delay: Duration) { resendAt = now + delay }

    /// Time passes: the heartbeat of the states, and resending.
    package mutating func tick(at now: MonotonicTime) {
        if let due = resendAt, now >= due {
            resendAt = nil
            retained.resendAll()
        }
        if let due = heartbeatAt, now >= due, phase == .live {
            heartbeatAt = now + Self.heartbeat
            for name in processors.keys {
                for label in Label.allCases { retained.resend(topics.state(name, label)) }
            }
            tellSinceAgain()
        }
    }

    // MARK: - Sending

    package mutating func next(at now: MonotonicTime) -> Publication? {
        guard phase != .offline else { return nil }
        if let entry = retained.next(at: now, through: lastRank(at: now)) {
            return publication(.retained(entry), entry.topic, entry.payload, isRetained: true)
        }
        if phase == .greeting, !retained.hasPending(through: .status), !retained.isRegisterDirty { phase = .live }
        guard phase == .live else { return nil }
        if !notices.isEmpty {
            let notice = notices.removeFirst()
            noticeBytes -= notice.payload.count
            return publication(.notice, notice.topic, notice.payload, isRetained: false)
        }
        return nextEvent()
    }

    /// `status` offline is the last word, so it waits for the last events.
    private func lastRank(at now: MonotonicTime) -> RetainedTopicCache.Rank {
        guard let closingSince else { return .picture }
        return isOutboxEmpty || now - closingSince >= Self.drainLimit ? .status : .discovery
    }

    private mutating func nextEvent() -> Publication? {
        guard !events.isEmpty else { return nil }
        let recorded = events.removeFirst()
        let isReplayed = recorded.bootID != bootID || recorded.event.at < connectedAt
        let payload = Payloads.event(recorded, isReplayed: isReplayed).jsonBytes
        let topic = topics.event(recorded.event.processor)
        return publication(.event(recorded.sequence), topic, payload, isRetained: false)
    }

    private mutating func publication(_ cargo: Cargo, _ topic: String, _ payload: [UInt8], isRetained: Bool)
        -> Publication
    {
        lastToken += 1
        inFlight[lastToken] = cargo
        return Publication(token: lastToken, topic: topic, payload: payload, isRetained: isRetained)
    }

    package mutating func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {
        guard let cargo = inFlight.removeValue(forKey: token) else { return }
        // What the broker will never take must not stop what comes behind it.
        if refusal != nil { counters.refusedByBroker += 1 }
        switch cargo {
        case .retained(let entry):
            retained.acknowledged(entry)
            if entry.topic == topics.discovery, !entry.isPrelude { discoveryArrived(entry) }
        case .event(let sequence):
            youngEvents.append((sequence, now))
            if youngEvents.count > Self.maxYoungEvents { acknowledgedEvents.append(youngEvents.removeFirst().sequence) }
            counters.eventsSent += refusal == nil ? 1 : 0
        case .notice: break
        }
    }

    /// The broker has shown a sign of life: what it acknowledged long enough ago it has passed on.
    package mutating func heard(at now: MonotonicTime) {
        let old = youngEvents.prefix { now - $0.at >= belief }
        acknowledgedEvents += old.map(\.sequence)
        youngEvents.removeFirst(old.count)
    }

    package var inFlightCount: Int { inFlight.count }

    /// The broker has acknowledged everything that it must know.
    package var isWhole: Bool { phase == .live && !inFlight.values.contains(where: \.isRetained) }

    // MARK: - Events

    /// True when the outbox has to be asked, or told.
    package var needsOutbox: Bool {
        !acknowledgedEvents.isEmpty || (!isOutboxDrained && phase == .live && events.count < Self.maxEventsAhead / 2)
    }

    /// Permission to fetch up to `fetchLimit` unsent events for `offer`; nil when there is no room or no connection.
    package func fetchTicket() -> FetchTicket? {
        guard phase == .live, events.count < Self.maxEventsAhead / 2 else { return nil }
        return FetchTicket(after: lastOffered, connection: connections, recordings: recordings)
    }

    /// The oldest unsent events after the ticket's, in order. A ticket of an earlier connection is void: its events
    /// would come before those that have to be sent again.
    package mutating func offer(_ unsent: [RecordedEvent], for ticket: FetchTicket) {
        guard phase != .offline, ticket.connection == connections else { return }
        let acknowledged = Set(acknowledgedEvents)
        let fresh = unsent.filter { $0.sequence > lastOffered && !acknowledged.contains($0.sequence) }
        events.append(contentsOf: fresh.prefix(Self.fetchLimit))
        if let last = events.last { lastOffered = max(lastOffered, last.sequence) }
        isOutboxDrained = fresh.isEmpty && ticket.recordings == recordings
    }

    /// New events have been recorded: the outbox has to be asked again.
    package mutating func eventsRecorded() {
        recordings += 1
        isOutboxDrained = false
    }

    /// What the broker has, to be marked in the store. At the end of the program its word has to be enough.
    package mutating func takeAcknowledgedEvents() -> [Int64] {
        if isClosing { heard(at: MonotonicTime(nanoseconds: .max)) }
        defer { acknowledgedEvents = [] }
        return acknowledgedEvents
    }

    /// The store could not mark these; they are tried again.
    package mutating func returnAcknowledgedEvents(_ sequences: [Int64]) { acknowledgedEvents += sequences }

    private var isOutboxEmpty: Bool {
        isOutboxDrained && events.isEmpty && !inFlight.values.contains(where: \.isEvent)
    }

    // MARK: - Answers and notifications

    /// A message that is not retained. The oldest are dropped, and counted, when the broker stays away.
    package mutating func post(_ topic: String, _ payload: [UInt8]) {
        guard payload.count <= Self.maxNoticeBytes else {
            counters.noticesDropped += 1
            return
        }
        notices.append((topic, payload))
        noticeBytes += payload.count
        while notices.count > Self.maxNotices || noticeBytes > Self.maxNoticeBytes {
            noticeBytes -= notices.removeFirst().payload.count
            counters.noticesDropped += 1
        }
    }

    // MARK: - The end

    /// From now on only the last words are sent: labels `OFF`, cameras and box `offline`.
    package mutating func beginClosing(at now: MonotonicTime) {
        guard closingSince == nil else { return }
        showEverythingOff()
        closingSince = now
    }

    package var isClosing: Bool { closingSince != nil }

    /// True when the last word is acknowledged, cannot be sent, or has waited too long.
    package func isClosed(at now: MonotonicTime) -> Bool {
        guard let closingSince else { return false }
        if phase == .offline || now - closingSince >= Self.closingLimit { return true }
        return !retained.hasPending(through: .status) && inFlight.isEmpty
    }
}
