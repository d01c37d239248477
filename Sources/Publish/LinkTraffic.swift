package import Base

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
    /// Likewise, with QoS 0: states and pictures, of which a newer one replaces what was missed.
    var lossyFilters: [String] { get }
    /// The broker accepted; everything it may have forgotten is to be sent again.
    func connected(at now: MonotonicTime)
    func disconnected(_ status: LinkStatus)
    /// What `prepare` may write.
    var registerFile: String? { get }
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

extension LinkTraffic {
    package var registerFile: String? { nil }
    package var lossyFilters: [String] { [] }
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
    /// The next attempt asks for less, and may succeed where the last one failed.
    package var isUndecided = false
    /// Sent, not yet acknowledged.
    package var inFlight = 0
    /// Topics that the broker does not take, and why; a few of them.
    package var refusals: [String: String] = [:]
    /// What this broker cannot do at all, in words.
    package var limits: [String] = []

    package init() {}

    /// What the broker cannot do or does not take, in words, in an order of its own.
    package var shortcomings: [String] { limits + refusals.map { "\($0.key): \($0.value)" }.sorted() }
}
