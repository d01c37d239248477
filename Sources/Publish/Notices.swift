import Base

/// What only memory holds until the broker has it: answers to commands, and what the store could not keep. Bounded: the
/// oldest goes first, and is counted by its kind.
package struct Notices: Sendable {
    /// One message that is not retained.
    struct Notice: Sendable {
        enum Content: Sendable {
            case answer([UInt8])
            case event(RecordedEvent)
            /// - ends: the session that is over with it, if the store does not know that yet.
            case notification([UInt8], ends: String?)
            /// Of a data stream; only for whoever is connected now.
            case record([UInt8])
        }

        let topic: String
        let content: Content
        /// Of the payload, about.
        let bytes: Int
    }

    /// What was dropped.
    package struct Losses: Sendable, Equatable {
        package var answers = 0
        package var events = 0
        package var notifications = 0
        package var records = 0

        package init(answers: Int = 0, events: Int = 0, notifications: Int = 0, records: Int = 0) {
            self.answers = answers
            self.events = events
            self.notifications = notifications
            self.records = records
        }
    }

    package static let most = 256
    /// Of data streams: they come ten times a second, and must not push out what matters.
    package static let mostRecords = 32
    package static let mostBytes = 4 << 20
    /// A message of an event, in JSON, is smaller.
    static let eventBytes = 1024

    private var waiting: [Notice] = []
    private var bytes = 0
    package private(set) var losses = Losses()

    var isEmpty: Bool { waiting.isEmpty }
    var notificationCount: Int { waiting.count { if case .notification = $0.content { true } else { false } } }

    mutating func append(_ topic: String, _ content: Notice.Content) {
        let size =
            switch content {
            case .answer(let payload), .notification(let payload, _), .record(let payload): payload.count
            case .event: Self.eventBytes
            }
        waiting.append(Notice(topic: topic, content: content, bytes: size))
        bytes += size
        keepBounds()
    }

    /// Nothing is kept of it where nobody can take it now.
    mutating func append(record payload: [UInt8], _ topic: String, isConnected: Bool) {
        guard isConnected, waiting.count(where: \.isRecord) < Self.mostRecords else {
            losses.records += 1
            return
        }
        append(topic, .record(payload))
    }

    mutating func next() -> Notice? {
        guard !waiting.isEmpty else { return nil }
        let notice = waiting.removeFirst()
        bytes -= notice.bytes
        return notice
    }

    /// They were on their way when the connection was lost, and go first on the next one: the broker may have them or
    /// not, and twice is better than not at all.
    mutating func putBack(_ notices: [Notice]) {
        let all = notices + waiting
        waiting = all.filter { !$0.isRecord }
        losses.records += all.count - waiting.count
        bytes = waiting.map(\.bytes).reduce(0, +)
        keepBounds()
    }

    private mutating func keepBounds() {
        while waiting.count > Self.most || bytes > Self.mostBytes, let dropped = next() {
            switch dropped.content {
            case .answer: losses.answers += 1
            case .event: losses.events += 1
            case .notification: losses.notifications += 1
            case .record: losses.records += 1
            }
        }
    }
}

extension Notices.Notice {
    fileprivate var isRecord: Bool { if case .record = content { true } else { false } }
}
