package import Base
import Logging

/// What waits for the broker: events, and the notifications of sessions, in the order in which they came.
extension EventStore: Outbox {
    /// What waits for the broker.
    package struct Backlog: Sendable, Equatable {
        package var events = 0
        /// Of the events.
        package var bytes = 0
        package var notifications = 0

        /// For a store that cannot be read.
        package static let unknown = Backlog(events: -1, bytes: -1, notifications: -1)
    }

    /// What was dropped unsent because too much waited or it was too old, since the store was made.
    package struct Dropped: Sendable, Equatable {
        package var events = 0
        package var notifications = 0

        /// For a store that cannot be read.
        package static let unknown = Dropped(events: -1, notifications: -1)
    }

    private static let mostFetched = 1 << 20

    /// The oldest entries that wait for the broker, in order. What was recorded in this run before the clock was set
    /// comes with its time put right.
    package func unsent(limit: Int, after position: OutboxPosition = OutboxPosition()) async throws -> [OutboxEntry] {
        try await correctTimes()
        // As it was before the file is read: what is written meanwhile is in both.
        let waiting = delayed.batch
        let (rows, notifications) = try await database.read { db in
            (
                try db.unsentRows(limit: min(limit, Self.mostFetched) + waiting.marks.count, after: position.event),
                try db.notifications(limit: limit, after: position.notification)
            )
        }
        let (stored, broken) = readable(rows)
        let marked = Set(waiting.marks)
        let newest = rows.last?.sequence ?? 0
        let events =
            stored.filter { !marked.contains($0.sequence ?? 0) }
            + DelayedWrites.unsent(waiting, after: max(position.event, newest))
        if !broken.isEmpty {
            logger.error("stored events cannot be read and are dropped", metadata: ["count": "\(broken.count)"])
            try await database.write(.crash) { try $0.dropEvents(broken) }
        }
        return Self.merged(events, notifications, limit: limit)
    }

    /// A notification goes after the events that were there when it came.
    private static func merged(
        _ events: [RecordedEvent], _ notifications: [NotificationRow], limit: Int
    ) -> [OutboxEntry] {
        var entries: [OutboxEntry] = []
        var rest = events[...]
        for row in notifications {
            let before = rest.prefix { ($0.sequence ?? .max) <= row.afterEvent }
            entries += before.compactMap(OutboxEntry.init)
            rest = rest.dropFirst(before.count)
            entries.append(row.entry)
        }
        entries += rest.compactMap(OutboxEntry.init)
        return Array(entries.prefix(max(0, limit)))
    }

    package func markSent(_ ids: [OutboxEntry.ID]) async throws {
        let sessions = ids.compactMap { id in if case .session(let session) = id { session } else { nil } }
        do throws(StoreError) {
            try await markInStore(ids)
            await endedSessions?.forget(sessions)
        } catch {
            await endedSessions?.note(sessions)
            throw error
        }
    }

    private func markInStore(_ ids: [OutboxEntry.ID]) async throws(StoreError) {
        let events = ids.compactMap { id in if case .event(let sequence) = id { sequence } else { nil } }
        // Sent twice after a crash, in the worst case.
        if events.count == ids.count, delayed.mark(events, at: .now()) { return }
        // Those that are not in the file could not be marked there.
        guard await flush() else { throw database.trouble ?? .full(path: database.path) }
        try await database.write(.crash) { db in
            for id in ids {
                switch id {
                case .event(let sequence): try db.markSent(sequence)
                case .notification(let number): try db.execute("DELETE FROM notification WHERE number = ?", [number])
                case .session(let id): try db.execute("DELETE FROM openSession WHERE id = ?", [id])
                }
            }
        }
    }

    package func droppedCount() async throws(StoreError) -> Dropped {
        try await database.read { db in
            Dropped(
                events: try db.counter(EventRow.droppedCounter),
                notifications: try db.counter(NotificationRow.droppedCounter))
        }
    }

    package func backlog() async throws(StoreError) -> Backlog {
        let waiting = delayed.backlog
        return try await database.read { db in
            let events = try db.backlog()
            return Backlog(
                events: max(0, events.count - waiting.sent) + waiting.events, bytes: events.bytes + waiting.bytes,
                notifications: try db.notificationBacklog().count)
        }
    }

    /// Once the clock is set, what this run recorded before gets its true time: on disk, so that it outlives the run.
    func correctTimes() async throws(StoreError) {
        guard hasDoubtfulTimes, clock.quality() == .synchronized else { return }
        let (bootID, wallTime) = (bootID, clock.wallTime)
        hasDoubtfulTimes = false
        await flush()
        do {
            try await database.write(.crash) { try $0.correctTimes(ofBoot: bootID, wallTime) }
        } catch {
            hasDoubtfulTimes = true
            throw error
        }
    }
}
