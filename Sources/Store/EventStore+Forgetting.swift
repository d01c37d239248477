package import Base
import FoundationEssentials

extension EventStore {
    /// Erases every visit that was given this name, or is this stranger's, and what other processors of its camera saw in the same minutes: it
    /// shows the same person. Events that wait for the broker are erased too.
    /// - Returns: the visits.
    package func forget(_ name: String) async throws(StoreError) -> [ForgottenVisit] {
        await flush()
        let visits = try await database.write(.powerCut) { db in
            // What is deleted is overwritten.
            try db.script("PRAGMA secure_delete = ON")
            let visits = try SeenVisits(db, name: name).doomed
            try db.eraseEvents(of: Set(visits.map(\.id)))
            return visits
        }
        try await database.wipeTraces()
        return visits
    }
}

/// The visits of the history, without what is not needed to know which of them show somebody.
private struct SeenVisits {
    private struct Visit {
        var camera: CameraName
        var visit: ForgottenVisit
        var isNamed: Bool
    }

    private var visits: [String: Visit] = [:]
    /// Before and after a visit its person is in the picture already, and still.
    private static let margin: Int64 = 5_000

    init(_ db: SQLiteConnection, name: String) throws {
        var rows = try db.cursor("SELECT * FROM event")
        while try rows.next() {
            guard let recorded = try EventRow(rows).recorded else { continue }
            let face = recorded.event.face
            add(recorded, isNamed: face?.name == name || face?.stranger == name)
        }
    }

    private mutating func add(_ recorded: RecordedEvent, isNamed: Bool) {
        let event = recorded.event, end = recorded.time.milliseconds
        let start = end - max(0, (event.at - event.since).milliseconds)
        var seen =
            visits[event.id]
            ?? Visit(
                camera: event.camera,
                visit: ForgottenVisit(
                    id: event.id, processor: event.processor, sessionID: event.sessionID,
                    from: WallTime(milliseconds: start), until: recorded.time), isNamed: false)
        seen.isNamed = seen.isNamed || isNamed
        seen.visit.from = WallTime(milliseconds: min(seen.visit.from.milliseconds, start))
        seen.visit.until = WallTime(milliseconds: max(seen.visit.until.milliseconds, end))
        visits[event.id] = seen
    }

    /// The named ones, and those of the same camera in their time.
    var doomed: [ForgottenVisit] {
        let named = visits.values.filter(\.isNamed)
        return visits.values.filter { visit in
            visit.isNamed
                || named.contains { other in
                    other.camera == visit.camera
                        && visit.visit.from.milliseconds <= other.visit.until.milliseconds + Self.margin
                        && other.visit.from.milliseconds <= visit.visit.until.milliseconds + Self.margin
                }
        }.map(\.visit).sorted { $0.id < $1.id }
    }
}

extension SQLiteConnection {
    fileprivate func eraseEvents(of visits: Set<String>) throws {
        guard !visits.isEmpty else { return }
        var doomed: [Int64] = []
        var rows = try cursor("SELECT * FROM event")
        while try rows.next() {
            let row = try EventRow(rows)
            if let id = row.recorded?.event.id, visits.contains(id) { doomed.append(row.sequence) }
        }
        try eraseEvents(doomed)
        for visit in visits { try forgetOpen(visit) }
    }
}
