package import Base
package import Logging
package import Runtime
package import Settings
import Synchronization

/// The room's front door: told what happens in the daemon, it keeps the broker true. No method blocks.
///
/// Tell every camera and every processor first, then `start`: what nobody has told by then is cleared on the broker.
package final class Publisher: Sendable {
    /// Everything that changes, behind one lock that is never held over I/O.
    struct State {
        var queue: PublishQueue
        var parser: CommandParser
        var readBack = ReadBack()
        var tasks: [Task<Void, Never>] = []
    }

    let state: Mutex<State>
    let link: MQTTLink
    let topics: Topics
    let outbox: any Outbox
    let commands: any CommandHandler
    private let ownFile: StorageFile?
    package var registerFile: String? { ownFile?.path }
    let logger: Logger
    private let settings: MQTTSettings
    private let pace: LinkPace
    private let heartbeat: (any ThreadHeartbeat)?
    private let mask: LogMask
    /// Holds at most one call to look into the outbox.
    let outboxCalls = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let orders = AsyncStream.makeStream(of: CommandParser.Order.self, bufferingPolicy: .bufferingOldest(32))

    /// - Parameters:
    ///   - labels: what the model can emit.
    ///   - page: the URL of the box's page, as others reach it; nil when nobody but the box does.
    ///   - registerFile: where the topics that we wrote are kept over restarts; nil keeps them in memory only.
    ///   - heartbeat: told what the thread that talks to the broker begins; nil where nobody judges.
    ///   - mask: hides the broker's password in the log.
    /// - Throws: `PublishError` for a topic prefix or device id that MQTT would not take.
    package init(
        settings: MQTTSettings, deviceID: String, bootID: String, outbox: any Outbox, commands: any CommandHandler,
        labels: Set<Label> = Set(Label.allCases), pictures: PictureSettings = PictureSettings(), version: String = "",
        page: String? = nil,
        pace: LinkPace = .usual, registerFile: StorageFile?, heartbeat: (any ThreadHeartbeat)? = nil,
        mask: LogMask = LogMask(), logger: Logger
    ) throws(PublishError) {
        topics = try Topics(
            prefix: settings.topicPrefix, deviceID: deviceID, homeAssistantPrefix: settings.homeAssistantPrefix)
        let (register, isBroken) = registerFile.map(TopicRegister.reading) ?? (TopicRegister(), false)
        if isBroken {
            logger.warning(
                "topic register unreadable; old topics stay", metadata: ["file": "\(registerFile?.path ?? "")"])
        }
        let queue = PublishQueue(
            topics: topics, bootID: bootID, register: register, isDiscoveryOn: settings.homeAssistantDiscovery,
            labels: labels, pictures: pictures, version: version, page: page, belief: pace.belief)
        state = Mutex(State(queue: queue, parser: CommandParser(topics: topics)))
        link = try MQTTLink()
        self.settings = settings
        self.pace = pace
        self.heartbeat = heartbeat
        self.mask = mask
        self.outbox = outbox
        self.commands = commands
        ownFile = registerFile
        self.logger = logger
    }

    /// Connects in the background, again and again until `stop`. A broker that is away is no error.
    /// - Throws: `PublishError.thread` when the kernel has no thread for us.
    package func start() throws(PublishError) {
        state.withLock { $0.queue.begin() }
        let settings = LinkSettings(
            broker: settings, clientID: topics.deviceID, will: (topics.status, Payloads.offline), pace: pace,
            mask: mask)
        try link.start(settings, self, heartbeat: heartbeat, logger)
        let tasks = [Task { await self.carryEntries() }, Task { await self.carryOutOrders() }]
        state.withLock { $0.tasks = tasks }
    }

    package func cameraChanged(_ camera: CameraName, _ state: CameraState) {
        change { $0.cameraChanged(camera, state) }
    }

    /// Status, settings, enabled, Home Assistant's entities.
    package func processorChanged(_ processor: ProcessorDescription) { change { $0.processorChanged(processor) } }

    /// Clears the retained pictures of these processors' last visits.
    package func erasePictures(of names: Set<ProcessorName>) { change { $0.erasePictures(of: names) } }

    /// Which mode is on, and Home Assistant's list of all.
    package func modesChanged(_ modes: ModeState) { change { $0.modesChanged(modes) } }

    package func processorRemoved(_ name: ProcessorName) { change { $0.processorRemoved(name) } }

    /// Everything that subscribers hear of an event: the label's retained `ON`/`OFF` and attributes, the picture, and the
    /// message itself: from the outbox, or, when the store could not keep it, from memory.
    /// - Parameter picture: a JPEG.
    package func tell(_ recorded: RecordedEvent, picture: [UInt8]?) {
        let event = recorded.event
        change { queue in
            queue.noteState(of: event)
            if let picture { queue.publishImage(event.processor, event.label, picture, at: .now()) }
            if recorded.sequence == nil { queue.post(recorded) }
        }
        if recorded.sequence != nil { outboxGrew() }
    }

    /// `notifications/<topic>`: from the outbox, or, when the store could not keep them, from memory.
    package func tell(_ notifications: [SessionNotification]) {
        guard !notifications.isEmpty else { return }
        change { queue in
            for notification in notifications where !notification.isStored { queue.post(notification) }
        }
        if notifications.contains(where: \.isStored) { outboxGrew() }
    }

    /// A record of a data stream, as JSON: for whoever listens now. Nothing waits for a broker that is away.
    package func tell(record: [UInt8], of stream: StreamName) { change { $0.post(record: record, to: stream) } }

    /// The store has something new in the outbox.
    package func outboxGrew() {
        state.withLock { $0.queue.outboxGrew() }
        outboxCalls.continuation.yield()
    }

    /// `health`, with what this room counts added as `mqtt`.
    package func publishHealth(_ health: JSONValue) {
        let link = linkStatus
        state.withLock { state in
            state.queue.publishHealth(health, link: link)
        }
        self.link.wake()
    }

    /// How the connection is, with what does not come back among what the broker refuses.
    package var linkStatus: LinkStatus {
        var status = link.currentStatus
        if state.withLock({ $0.readBack.isMissing }) {
            status.refusals[topics.check] =
                "what is written here does not come back: commands do not arrive; may this user write and read it?"
        }
        return status
    }
    /// From what an event saw to its way to the broker.
    package var publishDelays: DurationHistogram { state.withLock { $0.queue.publishDelays } }
    package var counters: PublishQueue.Counters { state.withLock { $0.queue.counters } }
    /// What the connection is at.
    package var phase: PublishQueue.Phase { state.withLock { $0.queue.phase } }
    /// Notifications that the store could not keep and that the broker has not got.
    package var notificationsInMemory: Int { state.withLock { $0.queue.notificationsInMemory } }
    /// What only memory held and was dropped because the broker stayed away.
    package var losses: Notices.Losses { state.withLock { $0.queue.notices.losses } }

    /// Every label `OFF`, cameras and box `offline`, the last events out if the broker takes them; over within about
    /// a second. End open visits and record them before.
    package func stop() async {
        state.withLock { $0.queue.beginClosing(at: .now()) }
        outboxCalls.continuation.yield()
        link.wake()
        // A resolver that hangs holds the thread longer than we wait; it then ends with the process.
        await wait(atMost: .milliseconds(1500)) { [link] in await link.waitForEnd() }
        outboxCalls.continuation.finish()
        orders.continuation.finish()
        let tasks = state.withLock { $0.tasks }
        await wait(atMost: .milliseconds(500)) { for task in tasks { await task.value } }
        for task in tasks { task.cancel() }
    }

    private func change(_ body: (inout PublishQueue) -> Void) {
        state.withLock { body(&$0.queue) }
        link.wake()
    }
}

extension Publisher: LinkTraffic {
    package var filters: [String] {
        topics.commandFilters + [topics.homeAssistantStatus, topics.pictureMark, topics.check]
    }
    package var isWhole: Bool { state.withLock { $0.queue.isWhole } }

    package func connected(at now: MonotonicTime) {
        state.withLock { state in
            state.queue.connected(at: now)
            state.readBack.connected(at: now)
        }
    }

    package func disconnected(_ status: LinkStatus) {
        state.withLock { state in
            state.queue.disconnected()
            state.readBack.disconnected()
        }
    }

    package func prepare(at now: MonotonicTime) {
        let (register, needsOutbox) = state.withLock { state -> (TopicRegister?, Bool) in
            state.queue.tick(at: now)
            let queue = state.queue
            guard queue.retained.isRegisterDirty || queue.areComponentsDirty else { return (nil, queue.needsOutbox) }
            state.queue.retained.registerWritten()
            state.queue.areComponentsDirty = false
            return (
                TopicRegister(topics: queue.retained.register, components: queue.componentsOnBroker), queue.needsOutbox
            )
        }
        if let register, let ownFile {
            do throws(SystemError) { try register.write(ownFile) } catch {
                logger.warning("topic register not written", metadata: ["error": "\(error)"])
            }
        }
        if needsOutbox { outboxCalls.continuation.yield() }
    }

    package func next(at now: MonotonicTime) -> Publication? {
        state.withLock { state in
            if let publication = state.queue.next(at: now) { return publication }
            guard state.queue.phase == .live, !state.queue.isClosing, state.readBack.isDue(at: now) else { return nil }
            let payload = Array(state.queue.bootID.utf8)
            return Publication(token: Self.readBackToken, topic: topics.check, payload: payload, isRetained: false)
        }
    }

    /// The queue counts its own from 1.
    private static let readBackToken = UInt64.max

    package func heard(at now: MonotonicTime) { state.withLock { $0.queue.heard(at: now) } }

    package func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {
        state.withLock { state in
            guard token == Self.readBackToken else { return state.queue.acknowledged(token, refusal: refusal, at: now) }
            state.readBack.acknowledged(isRefused: refusal != nil, at: now)
        }
    }

    package func shouldEnd(at now: MonotonicTime) -> Bool { state.withLock { $0.queue.isClosed(at: now) } }

    package func received(_ message: IncomingMessage, at now: MonotonicTime) {
        if message.topic == topics.pictureMark {
            // Our own word of this connection comes back as well, not retained.
            if message.isRetained { state.withLock { $0.queue.heard(pictureMark: message.payload) } }
            return
        }
        if message.topic == topics.homeAssistantStatus {
            let isBirth = !message.isRetained && message.payload == Payloads.online
            let delay = Duration.milliseconds(Int.random(in: 200...2000))
            if isBirth { state.withLock { $0.queue.homeAssistantIsBack(at: now, delay: delay) } }
            return
        }
        // Another program's question on this topic is none of ours.
        if message.topic == topics.check { return heardBack(message.payload) }
        switch state.withLock({ $0.parser.decide(message, at: now) }) {
        case .ignore: return
        case .clearRetained(let topic):
            logger.notice("retained command ignored and cleared", metadata: ["topic": "\(topic)"])
            state.withLock {
                $0.queue.counters.retainedCommandsIgnored += 1
                $0.queue.retained.clear(topic)
            }
        case .answer(let command, let json): answer(command, json.jsonBytes)
        case .drop: state.withLock { $0.queue.counters.commandsDropped += 1 }
        case .accept(let order):
            if case .dropped = orders.continuation.yield(order) {
                let refusal = Payloads.failure("ThrottlingException", "too many commands wait")
                answer(order.command, Self.result(refusal.jsonBytes, echoing: order.requestID))
            }
        }
    }

    private func heardBack(_ payload: [UInt8]) {
        state.withLock { if payload == Array($0.queue.bootID.utf8) { $0.readBack.heard() } }
    }

    func answer(_ command: Topics.Command, _ json: [UInt8]) {
        change { $0.post(answer: json, to: command) }
    }
}
