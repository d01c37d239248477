import Base
import FoundationEssentials

/// A session as it is kept until it is over: enough to tell its end after a power cut.
struct OpenSession: Codable, Equatable {
    var id: String
    var processor: ProcessorDescription
    var echo: JSONValue
    var beganAt: WallTime
    /// When it was kept last: it went on for so long at least.
    var seenAt: WallTime
    var sightings: [Label: Session.Sighting]

    init(_ session: Session, at time: WallTime) {
        id = session.id
        processor = session.processor
        echo = session.echo
        beganAt = session.beganAt
        seenAt = time
        sightings = session.sightings
    }

    /// Nil for a row that this program has not written.
    init?(reading body: [UInt8]) {
        guard let session = try? JSONDecoder().decode(OpenSession.self, from: Data(body)) else { return nil }
        self = session
    }

    var json: [UInt8] { (try? JSONEncoder().encode(self)).map { [UInt8]($0) } ?? [] }

    /// Zero when the clock was set back meanwhile.
    var duration: Duration {
        let (milliseconds, overflow) = seenAt.milliseconds.subtractingReportingOverflow(beganAt.milliseconds)
        return overflow ? .zero : max(.zero, .milliseconds(milliseconds))
    }
}
