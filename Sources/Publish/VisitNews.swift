package import Base

/// What happened, in words on which an automation can wait: of each visit one beginning and one end.
package enum Happening: String, Sendable, CaseIterable {
    case personArrived = "person_arrived"
    case personLeft = "person_left"
    case petArrived = "pet_arrived"
    case petLeft = "pet_left"
    case packageDelivered = "package_delivered"
    /// It lay there already when its processor began to look.
    case packageFound = "package_found"
    case packageTaken = "package_taken"
    /// Nobody was seen to take it.
    case packageGone = "package_gone"
    /// Nobody knows: the camera was lost, the processor stopped, the settings changed. The event's `reason` says which.
    case visitEnded = "visit_ended"

    /// Nil for an update, which is the same visit with a better picture.
    /// - Parameter wasThere: the visit began together with the look at the camera.
    init?(_ event: Event, wasThere: Bool) {
        switch (event.phase, event.label, event.reason) {
        case (.updated, _, _): return nil
        case (.started, .person, _): self = .personArrived
        case (.started, .pet, _): self = .petArrived
        case (.started, .package, _): self = wasThere && event.personNearby != true ? .packageFound : .packageDelivered
        case (.ended, .person, .gone), (.ended, .person, .clipEnded): self = .personLeft
        case (.ended, .pet, .gone), (.ended, .pet, .clipEnded): self = .petLeft
        case (.ended, .package, .taken): self = .packageTaken
        case (.ended, .package, .gone): self = .packageGone
        case (.ended, _, _): self = .visitEnded
        }
    }

    /// What can be told of a label's visits.
    static func all(of label: Label) -> [Happening] {
        switch label {
        case .person: [.personArrived, .personLeft, .visitEnded]
        case .pet: [.petArrived, .petLeft, .visitEnded]
        case .package: [.packageDelivered, .packageFound, .packageTaken, .packageGone, .visitEnded]
        }
    }
}

/// How an event is told: what it adds to those before it, and how fresh it is.
package struct EventNews: Sendable, Equatable {
    /// The broker was away when it happened, or it may have been told before.
    package var isReplayed = false
    /// Too old to act upon as if it were now, or told before.
    package var isLate = false
    package var happening: Happening?
    /// The first message of the visit with somebody's name.
    package var isFirstName = false

    package init(isReplayed: Bool = false, isLate: Bool = false, happening: Happening?, isFirstName: Bool = false) {
        self.isReplayed = isReplayed
        self.isLate = isLate
        self.happening = happening
        self.isFirstName = isFirstName
    }

    /// Of an event that is told once, now.
    package init(of event: Event) { self.init(happening: Happening(event, wasThere: false)) }
}

/// What has been told of visits, so that each thing is news once. Pure; the clock is a parameter.
struct VisitNews: Sendable {
    /// Somebody who came half a minute ago may still stand at the door.
    static let lateAge = Duration.seconds(30)
    /// What is found so soon after a processor began to look was there before.
    static let firstLooks = Duration.seconds(15)
    private static let mostNames = 256

    private let bootID: String
    /// The event with which each visit's name was first told, oldest first.
    private var named: [(visit: String, at: MonotonicTime)] = []
    /// Acknowledged on an earlier connection and sent once more.
    private var repeated: Set<OutboxEntry.ID> = []
    private var lookingSince: [ProcessorName: MonotonicTime] = [:]

    init(bootID: String) { self.bootID = bootID }

    mutating func processorChanged(_ name: ProcessorName, isLooking: Bool, at now: MonotonicTime) {
        if !isLooking {
            lookingSince[name] = nil
        } else if lookingSince[name] == nil {
            lookingSince[name] = now
        }
    }

    /// The broker had acknowledged these when the connection was lost.
    mutating func willRepeat(_ ids: some Sequence<OutboxEntry.ID>) { repeated.formUnion(ids) }

    mutating func acknowledged(_ id: OutboxEntry.ID) { repeated.remove(id) }

    /// The same each time that the same event is asked about, but for its age.
    mutating func news(of recorded: RecordedEvent, connectedAt: MonotonicTime, at now: MonotonicTime) -> EventNews {
        let event = recorded.event
        let isOfThisRun = recorded.bootID == bootID
        let isRepeated = recorded.sequence.map { repeated.contains(.event($0)) } ?? false
        let wasThere = lookingSince[event.processor].map { event.at - $0 < Self.firstLooks } ?? false
        return EventNews(
            isReplayed: !isOfThisRun || event.at < connectedAt,
            isLate: !isOfThisRun || isRepeated || now - event.at > Self.lateAge,
            happening: Happening(event, wasThere: isOfThisRun && wasThere), isFirstName: isFirstName(event))
    }

    private mutating func isFirstName(_ event: Event) -> Bool {
        guard event.face?.name != nil else { return false }
        if let told = named.first(where: { $0.visit == event.id }) { return told.at == event.at }
        named.append((event.id, event.at))
        named.removeFirst(max(0, named.count - Self.mostNames))
        return true
    }
}
