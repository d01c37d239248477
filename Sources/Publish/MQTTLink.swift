package import Base
import Glibc
package import Logging
import Synchronization

/// One message to the broker, QoS 1.
package struct Publication: Sendable, Equatable {
    /// Names this message in `LinkTraffic.acknowledged`.
    package var token: UInt64
    package var topic: String
    package var payload: [UInt8]
    package var isRetained: Bool

    package init(token: UInt64, topic: String, payload: [UInt8], isRetained: Bool) {
        self.token = token
        self.topic = topic
        self.payload = payload
        self.isRetained = isRetained
    }
}

/// What travels over a link. All calls come from the link's thread.
package protocol LinkTraffic: AnyObject, Sendable {
    /// Subscribed to on every connection.
    var filters: [String] { get }
    /// The broker accepted; everything it may have forgotten is to be sent again.
    func connected(at now: MonotonicTime)
    func disconnected(_ status: LinkStatus)
    /// Called before every round, several times a second; may write small files.
    func prepare(at now: MonotonicTime)
    /// The next message while the window has room; nil when there is none now.
    func next(at now: MonotonicTime) -> Publication?
    /// The broker has the message, or will never have it for the reason in `refusal`.
    func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime)
    /// The broker lives: bytes came from it on a connection that is whole.
    func heard(at now: MonotonicTime)
    func received(_ message: IncomingMessage, at now: MonotonicTime)
    /// The broker has acknowledged everything it must know.
    var isWhole: Bool { get }
    /// True when the link is to say goodbye and end.
    func shouldEnd(at now: MonotonicTime) -> Bool
}

/// How the connection to the broker is.
package struct LinkStatus: Sendable, Equatable {
    package var isConnected = false
    /// When it became so.
    package var since = MonotonicTime.now()
    /// In words; nil when all is well.
    package var lastError: String?
    package var attempts = 0
    package var connections = 0
    /// Sent, not yet acknowledged.
    package var inFlight = 0

    package init() {}
}

/// A named thread around libmosquitto. Every libmosquitto call happens on it, in a `poll` loop of our own:
/// `mosquitto_loop` selects, which breaks beyond descriptor 1023 and cannot be woken by other threads.
package final class MQTTLink: Sendable {
    private let status: Mutex<LinkStatus>
    private let alarm: WakeDescriptor
    private let ended = Mutex<[CheckedContinuation<Void, Never>]?>([])

    package init() throws(PublishError) {
        status = Mutex(LinkStatus())
        do { alarm = try WakeDescriptor() } catch { throw .thread(error) }
    }

    /// Starts the thread `mqtt`; it ends when the traffic says so.
    package func start(_ settings: LinkSettings, _ traffic: any LinkTraffic, _ logger: Logger) throws(PublishError) {
        do {
            _ = try NamedThread("mqtt") { [self] in
                var loop = LinkLoop(settings: settings, traffic: traffic, alarm: alarm, logger: logger)
                loop.run { status in self.status.withLock { $0 = status } }
                finish()
            }
        } catch { throw .thread(error) }
    }

    package var currentStatus: LinkStatus { status.withLock { $0 } }

    /// There is something to do. Never blocks.
    package func wake() { alarm.ring() }

    /// Returns when the thread has ended.
    package func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let isOver = ended.withLock { waiting in
                waiting?.append(continuation)
                return waiting == nil
            }
            if isOver { continuation.resume() }
        }
    }

    private func finish() {
        let waiting = ended.withLock { waiting in
            defer { waiting = nil }
            return waiting ?? []
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// A pipe that a thread can poll beside a socket.
final class WakeDescriptor: Sendable {
    private let readEnd: OwnedFileDescriptor
    private let writeEnd: OwnedFileDescriptor

    init() throws(SystemError) {
        var ends: [CInt] = [-1, -1]
        try SystemError.check("pipe") { unsafe pipe(&ends) }
        readEnd = OwnedFileDescriptor(ends[0])
        writeEnd = OwnedFileDescriptor(ends[1])
        for end in ends {
            try SystemError.check("fcntl") { fcntl(end, F_SETFL, O_NONBLOCK) }
            try SystemError.check("fcntl") { fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
    }

    var raw: CInt { readEnd.raw }

    func ring() {
        var byte: UInt8 = 1
        // EAGAIN means that it rings already.
        _ = unsafe write(writeEnd.raw, &byte, 1)
    }

    func silence() {
        var bytes = [UInt8](repeating: 0, count: 64)
        // What is left wakes the next round.
        _ = unsafe read(readEnd.raw, &bytes, bytes.count)
    }
}

/// The body of the thread: decide purely (`LinkState`), act here.
struct LinkLoop: ~Copyable {
    /// Messages sent and not yet acknowledged; more wait where they are.
    static let window = 16
    /// `POLLRDHUP`, a GNU extension that Swift does not see: the other side has stopped sending.
    private static let hangUp: CInt = 0x2000
    private static let round = Duration.milliseconds(200)

    private let settings: LinkSettings
    private let traffic: any LinkTraffic
    private let alarm: WakeDescriptor
    private let logger: Logger
    private var state: LinkState
    private var handle: MosquittoHandle?
    private var tokens: [CInt: UInt64] = [:]
    private var status = LinkStatus()

    init(settings: LinkSettings, traffic: any LinkTraffic, alarm: WakeDescriptor, logger: Logger) {
        self.settings = settings
        self.traffic = traffic
        self.alarm = alarm
        self.logger = logger
        state = LinkState(at: .now(), pace: settings.pace)
    }

    mutating func run(_ report: (LinkStatus) -> Void) {
        while true {
            traffic.prepare(at: .now())
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
        case .abandon(let reason): throw LinkFailure(reason)
        case .open:
            do throws(PublishError) {
                handle = try MosquittoHandle.connecting(settings, version5: state.usesVersion5)
            } catch { throw LinkFailure(error.description) }
        }
    }

    private mutating func sendWhileThereIsRoom() throws(LinkFailure) {
        while tokens.count < Self.window, let publication = traffic.next(at: .now()) {
            guard let messageID = try handle?.publish(publication) else {
                traffic.acknowledged(
                    publication.token, refusal: "too large, or not allowed by this broker", at: .now())
                continue
            }
            tokens[messageID] = publication.token
        }
    }

    /// Waits for the socket, the alarm or the end of the round, and moves bytes.
    private mutating func exchange() throws(LinkFailure) {
        let socket = handle?.socket ?? -1
        let wantsToWrite = handle?.wantsToWrite ?? false
        let events = CInt(POLLIN) | Self.hangUp | (wantsToWrite ? CInt(POLLOUT) : 0)
        var files = [
            pollfd(fd: alarm.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(truncatingIfNeeded: events), revents: 0),
        ]
        // An interrupted or failed poll is a short round.
        _ = unsafe poll(&files, nfds_t(files.count), CInt(Self.round.milliseconds))
        if files[0].revents != 0 { alarm.silence() }
        guard handle != nil else { return }
        let happened = CInt(files[1].revents)
        if happened & CInt(POLLIN) != 0 { state.heard(at: .now()) }
        do throws(LinkFailure) { try moveBytes(happened) } catch {
            try heedSignals()  // what the callbacks said (the broker's own reason) is better than the call's code
            throw error
        }
        try heedSignals()
        let isHungUp = happened & (Self.hangUp | CInt(POLLHUP) | CInt(POLLERR)) != 0
        if isHungUp, !state.isOnline {
            throw LinkFailure("the broker hung up before it answered", isSilentHangUp: true)
        }
        // Bytes that a dead broker left in the socket are no sign of life.
        if happened & CInt(POLLIN) != 0, !isHungUp, state.isOnline { traffic.heard(at: .now()) }
    }

    private mutating func moveBytes(_ happened: CInt) throws(LinkFailure) {
        if happened & ~CInt(POLLOUT) != 0 { try handle?.read() }
        if happened & CInt(POLLOUT) != 0 { try handle?.write() }
        try handle?.keepAlive()
    }

    private mutating func heedSignals() throws(LinkFailure) {
        guard let signals = handle?.takeSignals() else { return }
        for signal in signals {
            switch signal {
            case .accepted: try greet()
            case .refused(let failure), .lost(let failure): throw failure
            case .acknowledged(let messageID, let refusal):
                if let token = tokens.removeValue(forKey: messageID) {
                    traffic.acknowledged(token, refusal: refusal, at: .now())
                }
            case .subscribed(let refusals):
                if refusals > 0 { logger.warning("broker refuses a subscription; commands will not arrive") }
            case .received(let message): traffic.received(message, at: .now())
            }
        }
    }

    private mutating func greet() throws(LinkFailure) {
        state.connected(at: .now())
        tokens = [:]
        for filter in traffic.filters { try handle?.subscribe(to: filter) }
        traffic.connected(at: .now())
        logger.notice(
            "broker connected",
            metadata: [
                "broker": "\(settings.broker.host):\(settings.broker.port)", "version5": "\(state.usesVersion5)",
            ])
    }

    private mutating func drop(_ failure: LinkFailure) {
        let failure = state.isOnline ? failure : failure.beforeAnswer(of: settings.broker)
        let (wasOnline, before) = (state.isOnline, state.lastError)
        handle = nil
        tokens = [:]
        state.failed(failure, at: .now(), random: .random(in: 0..<1))
        if wasOnline || state.lastError != before {
            logger.warning("broker away", metadata: ["reason": "\(state.lastError ?? failure.reason)"])
        }
        var now = status
        now.isConnected = false
        now.lastError = state.lastError
        traffic.disconnected(now)
    }

    private mutating func publishStatus(_ report: (LinkStatus) -> Void) {
        if status.isConnected != state.isOnline { status.since = .now() }
        status.isConnected = state.isOnline
        status.lastError = state.lastError
        status.attempts = state.attempts
        status.connections = state.connections
        status.inFlight = tokens.count
        report(status)
    }

    /// DISCONNECT, so that the broker drops the will, and up to 200 ms to get it out.
    private mutating func sayGoodbye() {
        guard state.isOnline else { return }
        // Best effort: without it the broker tells the will, which says the same.
        try? handle?.disconnect()
        let deadline = MonotonicTime.now() + Self.round
        while handle?.wantsToWrite ?? false, MonotonicTime.now() < deadline {
            var file = pollfd(fd: handle?.socket ?? -1, events: Int16(POLLOUT), revents: 0)
            _ = unsafe poll(&file, 1, 20)
            guard (try? handle?.write()) != nil else { break }
        }
        handle = nil
    }
}
