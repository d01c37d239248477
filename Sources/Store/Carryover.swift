/// What a new file has to go on with when the old one is damaged while the program runs: numbers that are never given
/// twice, counters that outlive restarts, and how much was lost. Known from the last write that went well.
struct Carryover: Sendable {
    private var numbers: [String: Int64] = [:]
    private var counters: [String: Int] = [:]
    private var unsentEvents = 0
    private var unsentNotifications = 0

    init() {}

    /// As the file is now.
    init(_ db: SQLiteConnection) throws {
        var sequences = try db.cursor("SELECT name, seq FROM sqlite_sequence")
        while try sequences.next() { numbers[try sequences["name"]] = try sequences["seq"] as Int64 }
        var kept = try db.cursor("SELECT name, value FROM counter")
        while try kept.next() { counters[try kept["name"]] = try kept["value"] as Int }
        unsentEvents = try db.value("SELECT count(*) FROM event WHERE isSent = 0") ?? 0
        unsentNotifications = try db.value("SELECT count(*) FROM notification") ?? 0
    }

    /// Into a file that has just been made, and into no other; what waited in the old one is counted as dropped.
    func apply(to db: SQLiteConnection) throws {
        let isFresh = try db.value("SELECT count(*) FROM counter") == 0 && db.newestEvent() == 0
        guard isFresh else { return }
        for (table, number) in numbers {
            try db.execute("DELETE FROM sqlite_sequence WHERE name = ?", [table])
            try db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [table, number])
        }
        for (name, value) in counters { try db.addToCounter(name, value) }
        if unsentEvents > 0 { try db.addToCounter(EventRow.droppedCounter, unsentEvents) }
        if unsentNotifications > 0 { try db.addToCounter(NotificationRow.droppedCounter, unsentNotifications) }
    }
}
