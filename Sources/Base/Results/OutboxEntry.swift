/// A message for the topic that a processor's `NotificationChannel` names.
///
/// The payload is what SNS delivers to its subscribers: an envelope whose `Message` is a string that holds the JSON
/// of AWS's page "Reading streaming video analysis results", so that code written for SQS or Lambda reads it as it is.
package struct SessionNotification: Sendable, Equatable {
    /// The last part of the SNS topic's ARN: `<prefix>/<deviceId>/notifications/<topic>`.
    package let topic: String
    package let payload: [UInt8]
    /// True when it lies in the outbox; else it can only be told now, and is lost with a power cut.
    package var isStored = false
    /// The session that is over with it, when the store could not be told: it is once the broker has acknowledged this.
    package var endsSession: String?

    package init(topic: String, payload: [UInt8]) {
        self.topic = topic
        self.payload = payload
    }
}

/// Something that waits in the store for the broker.
package struct OutboxEntry: Sendable, Equatable {
    /// Which row it is; given once, for ever.
    package enum ID: Sendable, Hashable {
        case event(Int64)
        case notification(Int64)
        /// Of a session that is kept as open, though the broker has heard of its end: that came from memory.
        case session(String)
    }

    package enum Content: Sendable, Equatable {
        case event(RecordedEvent)
        /// - topic: the last part of the SNS topic's ARN.
        case notification(topic: String, payload: [UInt8])
    }

    package let id: ID
    package let content: Content

    /// Nil for an event that the store could not keep: it waits nowhere.
    package init?(_ recorded: RecordedEvent) {
        guard let sequence = recorded.sequence else { return nil }
        (id, content) = (.event(sequence), .event(recorded))
    }

    package init(notification number: Int64, topic: String, payload: [UInt8]) {
        (id, content) = (.notification(number), .notification(topic: topic, payload: payload))
    }
}

/// How far somebody has read in the outbox: up to and with these rows.
package struct OutboxPosition: Sendable, Equatable {
    package private(set) var event = Int64.min
    package private(set) var notification = Int64.min

    /// Before everything.
    package init() {}

    package mutating func pass(_ id: OutboxEntry.ID) {
        switch id {
        case .event(let sequence): event = max(event, sequence)
        case .notification(let number): notification = max(notification, number)
        case .session: break
        }
    }
}
