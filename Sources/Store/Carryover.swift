import GRDB

/// What a new file has to go on with when the old one is damaged while the program runs: numbers that are never given
/// twice, counters that outlive restarts, and how much was lost. Known from the last write that went well.
struct Carryover: Sendable {
    private var numbers: [String: Int64] = [:]
    private var counters: [String: Int] = [:]
    private var unsentEvents = 0
    private var unsentNotifications = 0

    init() {}

    /// As the file is now.
    init(_ db: GRDB.Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT name, seq FROM sqlite_sequence") {
            numbers[row["name"]] = row["seq"]
        }
        for row in try Row.fetchAll(db, sql: "SELECT name, value FROM counter") { counters[row["name"]] = row["value"] }
        unsentEvents = try Int.fetchOne(db, sql: "SELECT count(*) FROM event WHERE isSent = 0") ?? 0
        unsentNotifications = try Int.fetchOne(db, sql: "SELECT count(*) FROM notification") ?? 0
    }

    /// Into a file that has just been made, and into no other; what waited in the old one is counted as dropped.
    func apply(to db: GRDB.Database) throws {
        let isFresh = try Int.fetchOne(db, sql: "SELECT count(*) FROM counter") == 0 && db.newestEvent() == 0
        guard isFresh else { return }
        for (table, number) in numbers {
            try db.execute(sql: "DELETE FROM sqlite_sequence WHERE name = ?", arguments: [table])
            try db.execute(sql: "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", arguments: [table, number])
        }
        for (name, value) in counters { try db.addToCounter(name, value) }
        if unsentEvents > 0 { try db.addToCounter(EventRow.droppedCounter, unsentEvents) }
        if unsentNotifications > 0 { try db.addToCounter(NotificationRow.droppedCounter, unsentNotifications) }
    }
}
