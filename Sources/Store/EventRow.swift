import Base
import FoundationEssentials
import GRDB

/// One row of `event`.
struct EventRow: FetchableRecord {
    static let droppedCounter = "eventsDropped"

    let sequence: Int64
    let bootID: String
    let time: Int64
    let timeQuality: String
    let imagePath: String?
    let body: Data

    init(row: Row) {
        sequence = row["sequence"]
        bootID = row["bootID"]
        time = row["time"]
        timeQuality = row["timeQuality"]
        imagePath = row["imagePath"]
        body = row["body"]
    }

    /// Nil when the row is broken.
    var recorded: RecordedEvent? {
        guard let event = try? JSONDecoder().decode(Event.self, from: body),
            let timeQuality = TimeQuality(rawValue: timeQuality)
        else { return nil }
        return RecordedEvent(
            sequence: sequence, bootID: bootID, time: WallTime(milliseconds: time), timeQuality: timeQuality,
            event: event, imagePath: imagePath)
    }
}

extension GRDB.Database {
    /// Visits that are remembered as open; more than a board ever has.
    static let mostOpenVisits = 1000

    func insert(
        _ draft: EventStore.Draft, bootID: String, time: WallTime, _ quality: TimeQuality
    ) throws -> RecordedEvent {
        let event = draft.event
        let body = try JSONEncoder().encode(event)
        let statement = try cachedStatement(
            sql: """
                INSERT INTO event (bootID, time, timeQuality, processor, phase, imagePath, bytes, body)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            bootID, time.milliseconds, quality.rawValue, event.processor.text, event.phase.rawValue, draft.imagePath,
            body.count, body,
        ])
        let sequence = lastInsertedRowID
        try follow(event, body, bootID: bootID, sequence)
        return RecordedEvent(
            sequence: sequence, bootID: bootID, time: time, timeQuality: quality, event: event,
            imagePath: draft.imagePath)
    }

    /// What was numbered in memory, and marks of what the broker has.
    func insert(_ waiting: DelayedWrites.Batch, bootID: String) throws {
        for entry in waiting.events {
            try insert(entry.recorded, entry.sequence, entry.body, isSent: entry.isSent, bootID: bootID)
        }
        let mark = try cachedStatement(sql: "UPDATE event SET isSent = 1 WHERE sequence = ?")
        for sequence in waiting.marks { try mark.execute(arguments: [sequence]) }
    }

    /// What an earlier run had numbered and not written. Whether the broker has it is not known: it comes once more.
    func insert(_ inherited: [RecordedEvent], bootID: String) throws {
        for recorded in inherited {
            guard let sequence = recorded.sequence else { continue }
            try insert(recorded, sequence, try JSONEncoder().encode(recorded.event), isSent: false, bootID: bootID)
        }
    }

    private func insert(
        _ recorded: RecordedEvent, _ sequence: Int64, _ body: Data, isSent: Bool, bootID: String
    ) throws {
        let statement = try cachedStatement(
            sql: """
                INSERT OR IGNORE INTO event
                (sequence, bootID, time, timeQuality, processor, phase, isSent, imagePath, bytes, body)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            sequence, recorded.bootID, recorded.time.milliseconds, recorded.timeQuality.rawValue,
            recorded.event.processor.text, recorded.event.phase.rawValue, isSent, recorded.imagePath, body.count, body,
        ])
        try follow(recorded.event, body, bootID: bootID, sequence)
    }

    /// An earlier start that ended in the midst of a visit may have told events with numbers that are not in the file: those
    /// are not given again.
    func leaveOutNumbers(bootID: String) throws {
        try execute(
            sql: """
                UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'event'
                AND EXISTS (SELECT 1 FROM openVisit WHERE bootID <> ?)
                """, arguments: [DelayedWrites.mostEvents, bootID])
    }

    private func follow(_ event: Event, _ body: Data, bootID: String, _ sequence: Int64) throws {
        switch event.phase {
        case .started: try rememberOpen(event.id, body, bootID: bootID, sequence)
        case .updated:
            try cachedStatement(sql: "UPDATE openVisit SET body = ? WHERE id = ?").execute(arguments: [body, event.id])
        case .ended:
            try cachedStatement(sql: "DELETE FROM openVisit WHERE id = ?").execute(arguments: [event.id])
        }
    }

    private func rememberOpen(_ visit: String, _ body: Data, bootID: String, _ sequence: Int64) throws {
        try cachedStatement(
            sql: "INSERT OR REPLACE INTO openVisit (id, bootID, sequence, body) VALUES (?, ?, ?, ?)"
        )
        .execute(arguments: [visit, bootID, sequence, body])
        try execute(
            sql: """
                DELETE FROM openVisit WHERE sequence <
                (SELECT sequence FROM openVisit ORDER BY sequence DESC LIMIT 1 OFFSET \(Self.mostOpenVisits - 1))
                """)
    }

    /// Visits whose last word could not be stored when it came: open ones are remembered, the others forgotten.
    func catchUp(_ lastWords: [Event], bootID: String) throws {
        for event in lastWords {
            let body = try JSONEncoder().encode(event)
            switch event.phase {
            case .started, .updated: try rememberOpen(event.id, body, bootID: bootID, try newestEvent())
            case .ended: try follow(event, body, bootID: bootID, 0)
            }
        }
    }

    /// The number of the newest event ever stored, kept or not; 0 before the first.
    func newestEvent() throws -> Int64 {
        try Int64.fetchOne(self, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'event'") ?? 0
    }

    /// Puts the time of events right that this run recorded before the clock was set.
    func correctTimes(ofBoot bootID: String, _ wallTime: (MonotonicTime) -> WallTime) throws {
        let rows = try EventRow.fetchAll(
            self, sql: "SELECT * FROM event WHERE bootID = ? AND timeQuality = 'unsynchronized'", arguments: [bootID])
        let statement = try cachedStatement(
            sql: "UPDATE event SET time = ?, timeQuality = 'corrected' WHERE sequence = ?")
        for row in rows {
            guard let event = row.recorded?.event else { continue }
            try statement.execute(arguments: [wallTime(event.at).milliseconds, row.sequence])
        }
    }

    // MARK: Bounds

    func backlog() throws -> (count: Int, bytes: Int) {
        let row = try Row.fetchOne(
            self, sql: "SELECT count(*) AS count, ifnull(sum(bytes), 0) AS bytes FROM event WHERE isSent = 0")
        return (row?["count"] ?? 0, row?["bytes"] ?? 0)
    }

    /// Updates go first, the oldest before the others; beginnings and ends of visits only when no update is left.
    func enforce(_ limits: EventStore.Limits) throws {
        let backlog = try backlog()
        var excess = (count: backlog.count - limits.unsentCount, bytes: backlog.bytes - limits.unsentBytes)
        for phases in ["'updated'", "'started', 'ended'"] where excess.count > 0 || excess.bytes > 0 {
            var dropped: [Int64] = []
            let cursor = try Row.fetchCursor(
                self,
                sql: "SELECT sequence, bytes FROM event WHERE isSent = 0 AND phase IN (\(phases)) ORDER BY sequence")
            while excess.count > 0 || excess.bytes > 0, let row = try cursor.next() {
                dropped.append(row["sequence"])
                excess = (excess.count - 1, excess.bytes - (row["bytes"] as Int))
            }
            try dropEvents(dropped)
        }
        try execute(
            sql: "DELETE FROM event WHERE isSent = 1 AND sequence <= (SELECT max(sequence) FROM event) - ?",
            arguments: [limits.historyCount])
    }

    func dropEvents(_ sequences: [Int64]) throws {
        guard !sequences.isEmpty else { return }
        let statement = try cachedStatement(sql: "DELETE FROM event WHERE sequence = ?")
        for sequence in sequences { try statement.execute(arguments: [sequence]) }
        try addToCounter(EventRow.droppedCounter, sequences.count)
    }

    /// - Parameter oldest: milliseconds since 1970.
    func dropEvents(before oldest: Int64) throws -> Int {
        let isOld = "timeQuality <> 'unsynchronized' AND time < ?"
        try execute(sql: "DELETE FROM event WHERE isSent = 0 AND \(isOld)", arguments: [oldest])
        let unsent = changesCount
        if unsent > 0 { try addToCounter(EventRow.droppedCounter, unsent) }
        try execute(sql: "DELETE FROM event WHERE isSent = 1 AND \(isOld)", arguments: [oldest])
        return unsent + changesCount
    }

    /// The index is by phase: the oldest of each, merged.
    func unsentRows(limit: Int, after sequence: Int64) throws -> [EventRow] {
        let limit = max(0, limit)
        let rows = try ["started", "updated", "ended"].flatMap { phase in
            try EventRow.fetchAll(
                self,
                sql: "SELECT * FROM event WHERE isSent = 0 AND phase = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [phase, sequence, limit])
        }
        return Array(rows.sorted { $0.sequence < $1.sequence }.prefix(limit))
    }
}
