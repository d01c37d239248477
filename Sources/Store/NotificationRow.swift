import Base

/// One row of `notification`.
struct NotificationRow {
    static let droppedCounter = "notificationsDropped"
    /// What may wait: a day of sessions, without the broker, on a busy box.
    static let mostRows = 2000
    static let mostBytes = 8 << 20

    let number: Int64
    let afterEvent: Int64
    let topic: String
    let payload: [UInt8]

    init(_ row: borrowing SQLiteCursor) throws(SQLiteError) {
        number = try row["number"]
        afterEvent = try row["afterEvent"]
        topic = try row["topic"]
        payload = try row["payload"]
    }

    var entry: OutboxEntry { OutboxEntry(notification: number, topic: topic, payload: payload) }
}

extension SQLiteConnection {
    /// The oldest go, and are counted, when too much waits.
    func insert(_ notification: SessionNotification, at time: WallTime, _ quality: TimeQuality) throws {
        try execute(
            """
            INSERT INTO notification (afterEvent, time, timeQuality, topic, bytes, payload) VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                try newestEvent(), time.milliseconds, quality.rawValue, notification.topic,
                notification.payload.count, notification.payload,
            ])
        try enforceNotificationBounds()
    }

    private func enforceNotificationBounds() throws {
        var (count, bytes) = try notificationBacklog()
        var dropped: [Int64] = []
        var rows = try cursor("SELECT number, bytes FROM notification ORDER BY number")
        while count > NotificationRow.mostRows || bytes > NotificationRow.mostBytes, try rows.next() {
            dropped.append(try rows["number"])
            (count, bytes) = (count - 1, bytes - (try rows["bytes"] as Int))
        }
        guard let last = dropped.last else { return }
        try execute("DELETE FROM notification WHERE number <= ?", [last])
        try addToCounter(NotificationRow.droppedCounter, dropped.count)
    }

    func notificationBacklog() throws -> (count: Int, bytes: Int) {
        var row = try cursor("SELECT count(*), ifnull(sum(bytes), 0) FROM notification")
        return try row.next() ? (try row[0], try row[1]) : (0, 0)
    }

    func notifications(limit: Int, after number: Int64) throws -> [NotificationRow] {
        try all(
            "SELECT * FROM notification WHERE number > ? ORDER BY number LIMIT ?", [number, max(0, limit)],
            NotificationRow.init)
    }

    /// - Parameter oldest: milliseconds since 1970.
    func dropNotifications(before oldest: Int64) throws {
        try execute("DELETE FROM notification WHERE timeQuality <> 'unsynchronized' AND time < ?", [oldest])
        if changesCount > 0 { try addToCounter(NotificationRow.droppedCounter, changesCount) }
    }
}
