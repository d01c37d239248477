package import Base
package import Logging
package import Settings
import Synchronization

/// Listens to a box through its broker, as any subscriber would.
package final class EventWatcher: Sendable {
    package enum Sighting: Sendable, Equatable {
        /// The message of `processor/<p>/event`: its bytes, and parsed.
        case event(json: [UInt8], JSONValue)
        /// A status topic below the box, for example `camera/front-door/status`.
        case state(name: String, payload: [UInt8])
        case connected
        /// In words; the watcher goes on trying.
        case away(reason: String)
    }

    /// Ends after `stop`. When nobody takes them, the oldest of 1024 are lost.
    package let sightings: AsyncStream<Sighting>
    private let traffic: WatchTraffic
    private let link: MQTTLink
    private let settings: MQTTSettings
    private let logger: Logger

    package init(settings: MQTTSettings, deviceID: String, logger: Logger) throws(PublishError) {
        let topics = try Topics(
            prefix: settings.topicPrefix, deviceID: deviceID, homeAssistantPrefix: settings.homeAssistantPrefix)
        let (stream, continuation) = AsyncStream.makeStream(of: Sighting.self, bufferingPolicy: .bufferingNewest(1024))
        sightings = stream
        traffic = WatchTraffic(topics: topics, sightings: continuation)
        link = try MQTTLink()
        self.settings = settings
        self.logger = logger
    }

    /// - Throws: `PublishError.thread`.
    package func start() throws(PublishError) {
        let clientID = "porchlight-watch-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
        try link.start(LinkSettings(broker: settings, clientID: clientID, will: nil), traffic, logger)
    }

    package func stop() {
        traffic.end()
        link.wake()
    }
}

/// Only receives.
private final class WatchTraffic: LinkTraffic {
    private let topics: Topics
    private let sightings: AsyncStream<EventWatcher.Sighting>.Continuation
    private let isOver = Mutex(false)

    init(topics: Topics, sightings: AsyncStream<EventWatcher.Sighting>.Continuation) {
        self.topics = topics
        self.sightings = sightings
    }

    func end() {
        isOver.withLock { $0 = true }
        sightings.finish()
    }

    var filters: [String] { topics.watchFilters }
    var isWhole: Bool { true }
    func connected(at now: MonotonicTime) { sightings.yield(.connected) }
    func disconnected(_ status: LinkStatus) { sightings.yield(.away(reason: status.lastError ?? "unknown")) }
    func prepare(at now: MonotonicTime) {}
    func next(at now: MonotonicTime) -> Publication? { nil }
    func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {}
    func heard(at now: MonotonicTime) {}
    func shouldEnd(at now: MonotonicTime) -> Bool { isOver.withLock { $0 } }

    func received(_ message: IncomingMessage, at now: MonotonicTime) {
        guard message.topic.hasPrefix(topics.root + "/"), !message.isTooLarge, !message.payload.isEmpty else { return }
        if message.topic.hasSuffix("/event") {
            guard let json = JSONValue(parsing: message.payload), json.object != nil else { return }
            sightings.yield(.event(json: message.payload, json))
        } else {
            let name = String(message.topic.dropFirst(topics.root.count + 1))
            sightings.yield(.state(name: name, payload: message.payload))
        }
    }
}
