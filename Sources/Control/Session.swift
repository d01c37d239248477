package import Base

/// One session of a processor: the first sight of each label, then a summary. Pure: time is a parameter.
package struct Session: Sendable {
    /// What was seen of one label.
    package struct Sighting: Sendable, Equatable, Codable {
        /// 1 for the first label of the session, 2 for the second…: the number in the picture names.
        package let number: Int
        package let firstSeen: WallTime
        package internal(set) var visits: Int
        package internal(set) var best: Confidence
        /// Names of the pictures in the session's folder, once they are kept.
        package internal(set) var frameName: String?
        package internal(set) var cropName: String?
    }

    /// Quiet for this long closes a session that has no end of its own.
    package static let quiet: Duration = .seconds(30)
    /// Open visits get this long to end after the session was told to.
    package static let patience: Duration = .seconds(5)
    /// Visits beyond this are not waited for.
    static let mostVisits = 1000

    package let id: String
    /// The run of the processor, from a start to its stop, that it is a part of.
    let runID: String
    package let processor: ProcessorDescription
    package let echo: JSONValue
    package let began: MonotonicTime
    package let beganAt: WallTime
    let closesWhenQuiet: Bool

    package private(set) var sightings: [Label: Sighting] = [:]
    private var openVisits: Set<String> = []
    var openVisitCount: Int { openVisits.count }
    private var quietSince: MonotonicTime
    private var ending: (reason: String, since: MonotonicTime)?

    init(
        id: String, of runID: String, _ processor: ProcessorDescription, echo: JSONValue, at now: MonotonicTime,
        _ wallTime: WallTime,
        closesWhenQuiet: Bool
    ) {
        self.id = id
        self.runID = runID
        self.processor = processor
        self.echo = echo
        began = now
        beganAt = wallTime
        self.closesWhenQuiet = closesWhenQuiet
        quietSince = now
    }

    /// One that an earlier start of the program left open; it is only to be told that it is over.
    init(_ open: OpenSession, at now: MonotonicTime) {
        self.init(
            id: open.id, of: open.id, open.processor, echo: open.echo, at: now, open.beganAt, closesWhenQuiet: true)
        sightings = open.sightings
    }

    /// True when this is the session's first visit of the label: worth a `LABEL_DETECTED`.
    mutating func note(_ recorded: RecordedEvent, at now: MonotonicTime) -> Bool {
        let event = recorded.event
        if event.phase == .ended {
            openVisits.remove(event.id)
            if openVisits.isEmpty { quietSince = now }
        }
        if var sighting = sightings[event.label] {
            sighting.best = max(sighting.best, event.confidence)
            if event.phase == .started { sighting.visits += 1 }
            sightings[event.label] = sighting
        }
        guard event.phase == .started else { return false }
        if openVisits.count < Self.mostVisits { openVisits.insert(event.id) }
        guard sightings[event.label] == nil else { return false }
        sightings[event.label] = Sighting(
            number: sightings.count + 1, firstSeen: recorded.time, visits: 1, best: event.confidence)
        return true
    }

    mutating func keep(frameName: String?, cropName: String?, for label: Label) {
        sightings[label]?.frameName = frameName
        sightings[label]?.cropName = cropName
    }

    mutating func end(_ reason: String, at now: MonotonicTime) {
        if ending == nil { ending = (reason, now) }
    }

    /// Why the session is over, in words; nil while it goes on or waits for visits to end.
    func verdict(at now: MonotonicTime) -> String? {
        if let ending {
            return openVisits.isEmpty || now - ending.since >= Self.patience ? ending.reason : nil
        }
        guard closesWhenQuiet, openVisits.isEmpty, now - quietSince >= Self.quiet else { return nil }
        return "Nothing was in view for \(Self.quiet.milliseconds / 1000) seconds"
    }
}
