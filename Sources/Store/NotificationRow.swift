import Base
import FoundationEssentials
import GRDB

/// One row of `notification`.
struct NotificationRow: FetchableRecord {
    static let droppedCounter = "notificationsDropped"
    /// What may wait: a day of sessions, without the broker, on a busy box.
    static let mostRows = 2000
    static let mostBytes = 8 << 20

    let number: Int64
    let afterEvent: Int64
    let topic: String
    let payload: Data

    init(row: Row) {
        number = row["number"]
        afterEvent = row["afterEvent"]
        topic = row["topic"]
        payload = row["payload"]
    }

    var entry: OutboxEntry { OutboxEntry(notification: number, topic: topic, payload: [UInt8](payload)) }
}

extension GRDB.Database {
    /// The oldest go, and are counted, when too much waits.
    func insert(_ notification: SessionNotification, at time: WallTime, _ quality: TimeQuality) throws {
        let statement = try cachedStatement(
            sql: """
                INSERT INTO notification (afterEvent, time, timeQuality, topic, bytes, payload)
                VALUES (?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            try newestEvent(), time.milliseconds, quality.rawValue, notification.topic, notification.payload.count,
            Data(notification.payload),
        ])
        try enforceNotificationBounds()
    }

    private func enforceNotificationBounds() throws {
        var (count, bytes) = try notificationBacklog()
        var dropped: [Int64] = []
        let cursor = try Row.fetchCursor(self, sql: "SELECT number, bytes FROM notification ORDER BY number")
        while count > NotificationRow.mostRows || bytes > NotificationRow.mostBytes, let row = try cursor.next() {
            dropped.append(row["number"])
            (count, bytes) = (count - 1, bytes - (row["bytes"] as Int))
        }
        guard let last = dropped.last else { return }
        try execute(sql: "DELETE FROM notification WHERE number <= ?", arguments: [last])
        try addToCounter(NotificationRow.droppedCounter, dropped.count)
    }

    func notificationBacklog() throws -> (count: Int, bytes: Int) {
        let row = try Row.fetchOne(
            self, sql: "SELECT count(*) AS count, ifnull(sum(bytes), 0) AS bytes FROM notification")
        return (row?["count"] ?? 0, row?["bytes"] ?? 0)
    }

    func notifications(limit: Int, after number: Int64) throws -> [NotificationRow] {
        try NotificationRow.fetchAll(
            self, sql: "SELECT * FROM notification WHERE number > ? ORDER BY number LIMIT ?",
            arguments: [number, max(0, limit)])
    }

    /// - Parameter oldest: milliseconds since 1970.
    func dropNotifications(before oldest: Int64) throws {
        try execute(
            sql: "DELETE FROM notification WHERE timeQuality <> 'unsynchronized' AND time < ?", arguments: [oldest])
        if changesCount > 0 { try addToCounter(NotificationRow.droppedCounter, changesCount) }
    }
}
