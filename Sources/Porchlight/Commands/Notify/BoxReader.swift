import Base
import Notify
import Publish
import Runtime
import Synchronization

/// What travels between the broker and the notices: events, states and pictures of the box come in, `notify/status` goes
/// out.
final class BoxReader: LinkTraffic {
    private struct State {
        var sent: [UInt8]?
        var waiting: [UInt8]?
        var token: UInt64 = 0
        var nextLook = MonotonicTime(nanoseconds: 0)
        var endsAt: MonotonicTime?
        var isFarewellSaid = false
        var isConnected = false
    }

    private static let lookPause = Duration.seconds(1)
    private static let farewellLimit = Duration.seconds(1)

    private let topics: Topics
    private let book: Monitor<NoticeBook>
    private let state = Mutex(State())
    private let wantsPictures: Bool

    init(topics: Topics, book: Monitor<NoticeBook>, wantsPictures: Bool) {
        self.topics = topics
        self.book = book
        self.wantsPictures = wantsPictures
    }

    /// The last word is said, and the link ends.
    func end() {
        state.withLock { state in
            state.endsAt = .now() + Self.farewellLimit
            state.waiting = NoticeBook.offline.jsonBytes
        }
    }

    // MARK: - In

    /// QoS 1: the broker keeps these while we are away.
    var filters: [String] { ["\(topics.root)/processor/+/event"] }

    var lossyFilters: [String] {
        ["status", "health", "camera/+/status", "camera/+/health", "camera/+/problem"]
            .map { "\(topics.root)/\($0)" } + (wantsPictures ? ["\(topics.root)/processor/+/+/image"] : [])
    }

    func received(_ message: IncomingMessage, at now: MonotonicTime) {
        guard message.topic.hasPrefix("\(topics.root)/"), !message.isTooLarge else { return }
        let topic = String(message.topic.dropFirst(topics.root.count + 1))
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let moment = Moment(monotonic: now, wall: .now())
        switch (levels.first, levels.count, levels.last) {
        case ("processor", 3, "event"):
            // A retained one was told by somebody long ago.
            guard !message.isRetained, !message.payload.isEmpty else { return }
            let event = JSONValue(parsing: message.payload) ?? .null
            book.change { $0.heard(event: event, at: moment) }
        case ("processor", 4, "image"):
            guard !message.isRetained else { return }
            book.change { $0.heard(picture: message.payload, processor: levels[1], label: levels[2], at: moment) }
        default: book.change { $0.heard(state: topic, message.payload, at: moment) }
        }
    }

    // MARK: - Out

    func connected(at now: MonotonicTime) { state.withLock { ($0.isConnected, $0.sent) = (true, nil) } }
    func disconnected(_ status: LinkStatus) { state.withLock { ($0.isConnected, $0.sent) = (false, nil) } }

    func prepare(at now: MonotonicTime) {
        let isDue = state.withLock { state in
            guard state.endsAt == nil, now >= state.nextLook else { return false }
            state.nextLook = now + Self.lookPause
            return true
        }
        guard isDue else { return }
        var status = book.change { $0.status }
        if case .object(var members) = status {
            members["version"] = .string(programVersion)
            status = .object(members)
        }
        let bytes = status.jsonBytes
        state.withLock { if $0.endsAt == nil { $0.waiting = $0.sent == bytes ? nil : bytes } }
    }

    func next(at now: MonotonicTime) -> Publication? {
        let next: (UInt64, [UInt8])? = state.withLock { state in
            guard let payload = state.waiting else { return nil }
            (state.sent, state.waiting) = (payload, nil)
            state.token += 1
            return (state.token, payload)
        }
        return next.map { Publication(token: $0.0, topic: topics.notifyStatus, payload: $0.1, isRetained: true) }
    }

    func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {
        state.withLock { if $0.endsAt != nil, token == $0.token, $0.waiting == nil { $0.isFarewellSaid = true } }
    }

    func heard(at now: MonotonicTime) {}
    var isWhole: Bool { true }

    func shouldEnd(at now: MonotonicTime) -> Bool {
        state.withLock { state in
            guard let endsAt = state.endsAt else { return false }
            return !state.isConnected || state.isFarewellSaid || now >= endsAt
        }
    }
}
