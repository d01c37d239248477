import Base
import FoundationEssentials

/// One row of `event`.
struct EventRow {
    static let droppedCounter = "eventsDropped"

    let sequence: Int64
    let bootID: String
    let time: Int64
    let timeQuality: String
    let imagePath: String?
    let body: Data

    init(_ row: borrowing SQLiteCursor) throws(SQLiteError) {
        sequence = try row["sequence"]
        bootID = try row["bootID"]
        time = try row["time"]
        timeQuality = try row["timeQuality"]
        imagePath = try row["imagePath"]
        body = try row["body"]
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

extension SQLiteConnection {
    /// Visits that are remembered as open; more than a board ever has.
    static let mostOpenVisits = 1000

    func insert(
        _ draft: EventStore.Draft, bootID: String, time: WallTime, _ quality: TimeQuality
    ) throws -> RecordedEvent {
        let event = draft.event
        let body = try JSONEncoder().encode(event)
        try execute(
            """
            INSERT INTO event (bootID, time, timeQuality, processor, phase, imagePath, bytes, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                bootID, time.milliseconds, quality.rawValue, event.processor.text, event.phase.rawValue,
                draft.imagePath, body.count, body,
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
        for sequence in waiting.marks { try markSent(sequence) }
    }

    /// The broker has it.
    func markSent(_ sequence: Int64) throws {
        try execute("UPDATE event SET isSent = 1 WHERE sequence = ?", [sequence])
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
        try execute(
            """
            INSERT OR IGNORE INTO event
            (sequence, bootID, time, timeQuality, processor, phase, isSent, imagePath, bytes, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                sequence, recorded.bootID, recorded.time.milliseconds, recorded.timeQuality.rawValue,
                recorded.event.processor.text, recorded.event.phase.rawValue, isSent, recorded.imagePath, body.count,
                body,
            ])
        try follow(recorded.event, body, bootID: bootID, sequence)
    }

    /// An earlier start that ended in the midst of a visit may have told events with numbers that are not in the file: those
    /// are not given again.
    func leaveOutNumbers(bootID: String) throws {
        try execute(
            """
            UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'event'
            AND EXISTS (SELECT 1 FROM openVisit WHERE bootID <> ?)
            """, [DelayedWrites.mostEvents, bootID])
    }

    private func follow(_ event: Event, _ body: Data, bootID: String, _ sequence: Int64) throws {
        switch event.phase {
        case .started: try rememberOpen(event.id, body, bootID: bootID, sequence)
        case .updated:
            try execute("UPDATE openVisit SET body = ? WHERE id = ?", [body, event.id])
        case .ended: try forgetOpen(event.id)
        }
    }

    func forgetOpen(_ visit: String) throws { try execute("DELETE FROM openVisit WHERE id = ?", [visit]) }

    private func rememberOpen(_ visit: String, _ body: Data, bootID: String, _ sequence: Int64) throws {
        try execute(
            "INSERT OR REPLACE INTO openVisit (id, bootID, sequence, body) VALUES (?, ?, ?, ?)",
            [visit, bootID, sequence, body])
        try execute(
            """
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
        try value("SELECT seq FROM sqlite_sequence WHERE name = 'event'") ?? 0
    }

    /// Puts the time of events right that this run recorded before the clock was set.
    func correctTimes(ofBoot bootID: String, _ wallTime: (MonotonicTime) -> WallTime) throws {
        let rows = try all(
            "SELECT * FROM event WHERE bootID = ? AND timeQuality = 'unsynchronized'", [bootID], EventRow.init)
        for row in rows {
            guard let event = row.recorded?.event else { continue }
            try execute(
                "UPDATE event SET time = ?, timeQuality = 'corrected' WHERE sequence = ?",
                [wallTime(event.at).milliseconds, row.sequence])
        }
    }

    // MARK: Bounds

    func backlog() throws -> (count: Int, bytes: Int) {
        var row = try cursor("SELECT count(*), ifnull(sum(bytes), 0) FROM event WHERE isSent = 0")
        return try row.next() ? (try row[0], try row[1]) : (0, 0)
    }

    /// Updates go first, the oldest before the others; beginnings and ends of visits only when no update is left.
    func enforce(_ limits: EventStore.Limits) throws {
        let backlog = try backlog()
        var excess = (count: backlog.count - limits.unsentCount, bytes: backlog.bytes - limits.unsentBytes)
        for phases in ["'updated'", "'started', 'ended'"] where excess.count > 0 || excess.bytes > 0 {
            var dropped: [Int64] = []
            var rows = try cursor(
                "SELECT sequence, bytes FROM event WHERE isSent = 0 AND phase IN (\(phases)) ORDER BY sequence")
            while excess.count > 0 || excess.bytes > 0, try rows.next() {
                dropped.append(try rows["sequence"])
                excess = (excess.count - 1, excess.bytes - (try rows["bytes"] as Int))
            }
            try dropEvents(dropped)
        }
        try execute(
            "DELETE FROM event WHERE isSent = 1 AND sequence <= (SELECT max(sequence) FROM event) - ?",
            [limits.historyCount])
    }

    func dropEvents(_ sequences: [Int64]) throws {
        guard !sequences.isEmpty else { return }
        try eraseEvents(sequences)
        try addToCounter(EventRow.droppedCounter, sequences.count)
    }

    /// They were not dropped: nobody counts them.
    func eraseEvents(_ sequences: [Int64]) throws {
        for sequence in sequences { try execute("DELETE FROM event WHERE sequence = ?", [sequence]) }
    }

    /// - Parameter oldest: milliseconds since 1970.
    func dropEvents(before oldest: Int64) throws -> Int {
        let isOld = "timeQuality <> 'unsynchronized' AND time < ?"
        try execute("DELETE FROM event WHERE isSent = 0 AND \(isOld)", [oldest])
        let unsent = changesCount
        if unsent > 0 { try addToCounter(EventRow.droppedCounter, unsent) }
        try execute("DELETE FROM event WHERE isSent = 1 AND \(isOld)", [oldest])
        return unsent + changesCount
    }

    /// The index is by phase: the oldest of each, merged.
    func unsentRows(limit: Int, after sequence: Int64) throws -> [EventRow] {
        let limit = max(0, limit)
        let rows = try ["started", "updated", "ended"].flatMap { phase in
            try all(
                "SELECT * FROM event WHERE isSent = 0 AND phase = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                [phase, sequence, limit], EventRow.init)
        }
        return Array(rows.sorted { $0.sequence < $1.sequence }.prefix(limit))
    }
}
