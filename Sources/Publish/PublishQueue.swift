package import Base
package import Runtime
package import Settings

/// What the broker is to hear, and when: retained states, what waits in the outbox, answers. Pure; the clock is a
/// parameter.
///
/// On each connection: clear leftovers, states, discovery, `status` online, pictures; then answers, then the outbox.
package struct PublishQueue: Sendable {
    package enum Phase: Sendable, Equatable { case offline, greeting, live }

    /// Counters since the start of the program.
    package struct Counters: Sendable, Equatable {
        package var eventsSent = 0
        package var notificationsSent = 0
        package var imagesDropped = 0
        package var refusedByBroker = 0
        package var retainedCommandsIgnored = 0
        package var commandsDropped = 0
    }

    fileprivate enum Cargo: Sendable {
        case retained(RetainedTopicCache.Entry)
        case stored(OutboxEntry.ID)
        case notice(Notices.Notice)

        var isRetained: Bool { if case .retained = self { true } else { false } }
    }

    /// Entries taken from the outbox ahead of the window; more are fetched when half of them are gone.
    package static let maxEntriesAhead = 64
    package static let fetchLimit = 160
    /// Acknowledged entries that wait to be believed; when there are more the oldest are believed early.
    package static let maxYoungEntries = 4096
    package static let heartbeat = Duration.seconds(60)
    package static let imageInterval = Duration.seconds(1)
    /// Until then the last events may still go out before `status` says offline; all is over at `closingLimit`.
    static let drainLimit = Duration.milliseconds(600)
    static let closingLimit = Duration.milliseconds(950)

    /// Permission to look into the outbox.
    package struct FetchTicket: Sendable, Equatable {
        /// Only entries after it are asked for.
        package var after: OutboxPosition
        fileprivate var connection: Int
        fileprivate var growths: UInt64
    }

    package let topics: Topics
    package let bootID: String
    let isDiscoveryOn: Bool
    /// What the model can emit: what there is to switch.
    let labels: Set<Label>
    let pictures: PictureSettings
    /// Of this program, for Home Assistant.
    let version: String
    /// The URL of the box's page, as others reach it.
    let page: String?
    private let belief: Duration

    package var retained: RetainedTopicCache
    package var counters = Counters()
    /// From what an event saw to its way to the broker; without those that had to wait for a connection.
    package private(set) var publishDelays = DurationHistogram()
    /// Home Assistant's components as the broker may still hold them: id -> platform.
    package var componentsOnBroker: [String: String]
    package var areComponentsDirty = false
    /// Home Assistant's components as it was last told: id -> platform.
    var toldComponents: [String: String]
    var processors: [ProcessorName: ProcessorDescription] = [:]
    var modes = ModeState()
    /// Whether each camera shows anything.
    var cameras: [CameraName: Bool] = [:]
    var lastImage: [String: MonotonicTime] = [:]
    /// The latest event of each label with somebody in view, by the topic of its attributes. Processor and camera decide
    /// whether it is shown.
    var open: [String: Event] = [:]
    /// Who is there, by face search.
    var faces = FaceStates()
    var news: VisitNews
    var pictureMark: PictureMark
    var cameraAttributes: [CameraName: CameraAttributes] = [:]

    package private(set) var phase = Phase.offline
    private var connectedAt = MonotonicTime(nanoseconds: .min)
    private var closingSince: MonotonicTime?
    private var heartbeatAt: MonotonicTime?
    private var resendAt: MonotonicTime?

    private var lastToken: UInt64 = 0
    private var inFlight: [UInt64: Cargo] = [:]
    package private(set) var notices = Notices()
    private var entries: [OutboxEntry] = []
    private var lastOffered = OutboxPosition()
    /// Acknowledged on this connection and not believed yet, oldest first.
    private var youngEntries: [(id: OutboxEntry.ID, at: MonotonicTime)] = []
    private var acknowledgedEntries: [OutboxEntry.ID] = []
    private var connections = 0
    /// The outbox has nothing that we have not taken.
    private var isOutboxDrained = false
    /// Counts `outboxGrew`.
    private var growths: UInt64 = 0

    package init(
        topics: Topics, bootID: String, register: TopicRegister, isDiscoveryOn: Bool,
        labels: Set<Label> = Set(Label.allCases), pictures: PictureSettings = PictureSettings(),
        version: String = "", page: String? = nil, belief: Duration = LinkPace.usual.belief
    ) {
        self.topics = topics
        self.bootID = bootID
        self.isDiscoveryOn = isDiscoveryOn
        self.labels = labels
        self.pictures = pictures
        self.version = version
        self.page = page
        self.belief = belief
        retained = RetainedTopicCache(register: register.topics)
        componentsOnBroker = register.components
        toldComponents = register.components
        news = VisitNews(bootID: bootID)
        pictureMark = PictureMark(bootID: bootID)
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
        pictureMark.connected(at: now)
        // It is written again when a picture is; until it is read back nobody may take ours for the broker's.
        retained.spare(topics.pictureMark)
    }

    package mutating func disconnected() {
        phase = .offline
        forgetInFlight()
    }

    /// What was not acknowledged, or not believed, is sent again: retained topics by the cache, what is stored by the
    /// outbox, the rest from here.
    private mutating func forgetInFlight() {
        let lost = inFlight.sorted { $0.key < $1.key }.map(\.value)
        notices.putBack(
            lost.compactMap { cargo -> Notices.Notice? in
                if case .notice(let notice) = cargo { notice } else { nil }
            })
        inFlight = [:]
        news.willRepeat(youngEntries.map(\.id))
        youngEntries = []
        entries = []
        lastOffered = OutboxPosition()
        isOutboxDrained = false
    }

    /// Home Assistant has come back and forgot everything; `delay` spreads the answers of many boxes.
    package mutating func homeAssistantIsBack(at now: MonotonicTime, delay: Duration) { resendAt = now + delay }

    /// Time passes: the heartbeat of the states, and resending.
    package mutating func tick(at now: MonotonicTime) {
        if let due = resendAt, now >= due {
            resendAt = nil
            // The broker has kept the pictures, and gives them to Home Assistant itself.
            let held = retained.topics(of: .picture).filter { !retained.isPending($0) }
            retained.resendAll()
            for topic in held { retained.spare(topic) }
        }
        if let due = heartbeatAt, now >= due, phase == .live {
            heartbeatAt = now + Self.heartbeat
            for name in processors.keys {
                for label in Label.allCases { retained.resend(topics.state(name, label)) }
                retained.resend(topics.faceAttributes(name))
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
        if let notice = notices.next() {
            return publication(.notice(notice), notice.topic, payload(of: notice, at: now), isRetained: false)
        }
        return nextEntry(at: now)
    }

    /// `status` offline is the last word, so it waits for the last events.
    private func lastRank(at now: MonotonicTime) -> RetainedTopicCache.Rank {
        guard let closingSince else { return pictureMark.isWaiting(at: now) ? .status : .picture }
        return isEverythingTold || now - closingSince >= Self.drainLimit ? .status : .discovery
    }

    private mutating func nextEntry(at now: MonotonicTime) -> Publication? {
        guard !entries.isEmpty else { return nil }
        let entry = entries.removeFirst()
        switch entry.content {
        case .event(let recorded):
            let told = news.news(of: recorded, connectedAt: connectedAt, at: now)
            if !told.isReplayed { publishDelays.note(now - recorded.event.at) }
            let topic = topics.event(recorded.event.processor)
            let payload = Payloads.event(recorded, told).jsonBytes
            return publication(.stored(entry.id), topic, payload, isRetained: false)
        case .notification(let topic, let payload):
            return publication(.stored(entry.id), topics.notification(topic), payload, isRetained: false)
        }
    }

    private mutating func payload(of notice: Notices.Notice, at now: MonotonicTime) -> [UInt8] {
        switch notice.content {
        case .answer(let payload), .notification(let payload, _), .record(let payload): payload
        case .event(let recorded):
            Payloads.event(recorded, news.news(of: recorded, connectedAt: connectedAt, at: now)).jsonBytes
        }
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
            notePicture(entry, isTaken: refusal == nil)
            if entry.topic == topics.discovery, !entry.isPrelude { discoveryArrived(entry) }
        case .stored(let id):
            news.acknowledged(id)
            youngEntries.append((id, now))
            if youngEntries.count > Self.maxYoungEntries { acknowledgedEntries.append(youngEntries.removeFirst().id) }
            if refusal == nil { countSent(id) }
        case .notice(let notice):
            if refusal == nil, case .event = notice.content { counters.eventsSent += 1 }
            if case .notification(_, let ends?) = notice.content { acknowledgedEntries.append(.session(ends)) }
        }
    }

    private mutating func countSent(_ id: OutboxEntry.ID) {
        switch id {
        case .event: counters.eventsSent += 1
        case .notification: counters.notificationsSent += 1
        case .session: break
        }
    }

    /// The broker has shown a sign of life: what it acknowledged long enough ago it has passed on.
    package mutating func heard(at now: MonotonicTime) {
        let old = youngEntries.prefix { now - $0.at >= belief }
        acknowledgedEntries += old.map(\.id)
        youngEntries.removeFirst(old.count)
    }

    package var inFlightCount: Int { inFlight.count }

    /// The broker has acknowledged everything that it must know.
    package var isWhole: Bool { phase == .live && !inFlight.values.contains(where: \.isRetained) }

    // MARK: - The outbox

    /// True when the outbox has to be asked, or told.
    package var needsOutbox: Bool {
        !acknowledgedEntries.isEmpty
            || (!isOutboxDrained && phase == .live && entries.count < Self.maxEntriesAhead / 2)
    }

    /// Permission to fetch up to `fetchLimit` unsent entries for `offer`; nil when there is no room or no connection.
    package func fetchTicket() -> FetchTicket? {
        guard phase == .live, entries.count < Self.maxEntriesAhead / 2 else { return nil }
        return FetchTicket(after: lastOffered, connection: connections, growths: growths)
    }

    /// The oldest unsent entries after the ticket's, in order. A ticket of an earlier connection is void: its entries
    /// would come before those that have to be sent again.
    package mutating func offer(_ unsent: [OutboxEntry], for ticket: FetchTicket) {
        guard phase != .offline, ticket.connection == connections, ticket.after == lastOffered else { return }
        // The store could not mark these yet.
        let acknowledged = Set(acknowledgedEntries)
        let taken = unsent.prefix(Self.fetchLimit)
        entries += taken.filter { !acknowledged.contains($0.id) }
        for entry in taken { lastOffered.pass(entry.id) }
        isOutboxDrained = unsent.isEmpty && ticket.growths == growths
    }

    /// Something new lies in the outbox: it has to be asked again.
    package mutating func outboxGrew() {
        growths += 1
        isOutboxDrained = false
    }

    /// What the broker has, to be marked in the store. At the end of the program its word has to be enough.
    package mutating func takeAcknowledged() -> [OutboxEntry.ID] {
        if isClosing { heard(at: MonotonicTime(nanoseconds: .max)) }
        defer { acknowledgedEntries = [] }
        return acknowledgedEntries
    }

    /// The store could not mark these; they are tried again.
    package mutating func returnAcknowledged(_ ids: [OutboxEntry.ID]) { acknowledgedEntries += ids }

    private var isEverythingTold: Bool {
        isOutboxDrained && entries.isEmpty && notices.isEmpty && inFlight.values.allSatisfy(\.isRetained)
    }

    // MARK: - What only memory holds

    /// Notifications among it, with those that are on their way.
    package var notificationsInMemory: Int {
        notices.notificationCount
            + inFlight.values.count { cargo in
                if case .notice(let notice) = cargo, case .notification = notice.content { true } else { false }
            }
    }

    /// The answer to a command.
    package mutating func post(answer: [UInt8], to command: Topics.Command) {
        notices.append(topics.result(of: command), .answer(answer))
    }

    /// An event that the store could not keep.
    package mutating func post(_ recorded: RecordedEvent) {
        notices.append(topics.event(recorded.event.processor), .event(recorded))
    }

    /// A notification that the store could not keep.
    package mutating func post(_ notification: SessionNotification) {
        notices.append(
            topics.notification(notification.topic), .notification(notification.payload, ends: notification.endsSession)
        )
    }

    /// A record of a data stream: for whoever listens now.
    package mutating func post(record: [UInt8], to stream: StreamName) {
        notices.append(record: record, topics.stream(stream), isConnected: phase == .live && !isClosing)
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
