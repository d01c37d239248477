package import Base

/// What is on its way to the broker, and what the broker has shown not to take. Pure; the clock is a parameter.
///
/// Some brokers hang up on a message that they find too large, or never acknowledge one. To send it again on the next
/// connection would go on for ever and hold up all that comes behind it, so it is left out after a few times.
package struct Deliveries: Sendable {
    private struct Flight: Sendable {
        var token: UInt64
        var topic: String
        var bytes: Int
        var since: MonotonicTime
    }

    package enum Overdue: Sendable, Equatable {
        /// It may be the connection's fault: make a new one.
        case reconnect(topic: String)
        /// It happened before: the message will never be acknowledged.
        case giveUp(token: UInt64, topic: String)
    }

    /// Messages sent and not yet acknowledged; more wait where they are.
    package static let window = 16
    package static let patience = Duration.seconds(30)
    /// Smaller messages are not suspected of being too large.
    private static let suspiciousBytes = 8 << 10
    private static let suspiciousHangUps = 3
    /// What was learned about sizes is tried again after this.
    private static let memory = Duration.seconds(3600)
    private static let mostTopics = 64

    private var flights: [Int32: Flight] = [:]
    private var neverAcknowledged: Set<String> = []
    /// Payloads as long as this end the connection.
    private var deadlyBytes: (bytes: Int, until: MonotonicTime)?
    private var hangUps = 0
    private var suspect = Int.max

    package init() {}

    package var count: Int { flights.count }

    package func hasRoom(_ terms: BrokerTerms) -> Bool { flights.count < min(Self.window, terms.receiveMaximum) }

    /// Why the broker will not take this message, in words; nil when it may.
    package mutating func refusal(_ publication: Publication, _ terms: BrokerTerms, at now: MonotonicTime) -> String? {
        let size = publication.payload.count
        if let deadly = deadlyBytes {
            if now >= deadly.until {
                deadlyBytes = nil
            } else if size >= deadly.bytes {
                return "too large: the broker ends the connection on \(deadly.bytes) bytes"
            }
        }
        guard let most = terms.maximumPacketBytes else { return nil }
        // Fixed header up to 5 bytes, length of the topic, number, length of the properties.
        let packet = 5 + 2 + publication.topic.utf8.count + 2 + 1 + size
        return packet <= most ? nil : "too large: \(packet) bytes, and the broker takes \(most)"
    }

    package mutating func sent(_ id: Int32, _ publication: Publication, at now: MonotonicTime) {
        flights[id] = Flight(
            token: publication.token, topic: publication.topic, bytes: publication.payload.count, since: now)
    }

    /// What was acknowledged; nil when nothing of this number is on its way.
    package mutating func acknowledged(_ id: Int32) -> (token: UInt64, topic: String)? {
        guard let flight = flights.removeValue(forKey: id) else { return nil }
        neverAcknowledged.remove(flight.topic)
        if flight.bytes >= suspect { (hangUps, suspect) = (0, .max) }
        return (flight.token, flight.topic)
    }

    /// The oldest message that waits for its acknowledgement for too long.
    package mutating func takeOverdue(at now: MonotonicTime) -> Overdue? {
        guard let (id, flight) = flights.min(by: { $0.value.since < $1.value.since }),
            now - flight.since >= Self.patience
        else { return nil }
        guard neverAcknowledged.count < Self.mostTopics, neverAcknowledged.insert(flight.topic).inserted else {
            flights[id] = nil
            return .giveUp(token: flight.token, topic: flight.topic)
        }
        return .reconnect(topic: flight.topic)
    }

    /// The connection is over; what was on its way will be sent again or not.
    package mutating func connectionEnded(_ kind: LinkFailure.Kind, at now: MonotonicTime) {
        defer { flights = [:] }
        let largest = flights.values.map(\.bytes).max() ?? 0
        guard largest >= Self.suspiciousBytes else { return }
        switch kind {
        case .tooLarge: hangUps = Self.suspiciousHangUps
        case .silentHangUp: hangUps += 1
        default: return
        }
        suspect = min(suspect, largest)
        guard hangUps >= Self.suspiciousHangUps else { return }
        deadlyBytes = (min(largest, deadlyBytes?.bytes ?? .max), now + Self.memory)
        (hangUps, suspect) = (0, .max)
    }
}
