import Base

/// One row of `dataStream`.
struct StreamRow {
    let arn: String
    let createdAt: Int64
    let first: Int64
    let reserved: Int64
    let unnamedSince: Int64?

    init(_ row: borrowing SQLiteCursor) throws(SQLiteError) {
        arn = try row["arn"]
        createdAt = try row["createdAt"]
        first = try row["first"]
        reserved = try row["reserved"]
        unnamedSince = try row["unnamedSince"]
    }

    /// Nil when the row is broken. Numbers go on above all that may have been given: those that were reserved, and, should
    /// the last reservation never have reached the disk, the time.
    func line(at time: WallTime) -> RecordLine? {
        guard let arn = DataStreamARN(arn) else { return nil }
        let next = max(reserved, RecordLine.number(at: time))
        return RecordLine(
            arn: arn, createdAt: WallTime(milliseconds: createdAt), first: first, next: next, reserved: next,
            unnamedSince: unnamedSince.map(WallTime.init(milliseconds:)))
    }
}

extension RecordLine {
    /// Numbers begin with the milliseconds of the clock: a stream that is made anew, after its store was lost, goes on above
    /// the numbers of the one before. No camera gives a thousand records a second.
    static func number(at time: WallTime) -> Int64 { min(max(1, time.milliseconds), .max / 2) }

    static func new(_ arn: DataStreamARN, at time: WallTime) -> RecordLine {
        let number = number(at: time)
        return RecordLine(arn: arn, createdAt: time, first: number, next: number, reserved: number, unnamedSince: nil)
    }

    /// A processor names it, with this ARN. Records and numbers go on.
    func renamed(_ arn: DataStreamARN) -> RecordLine {
        var line = self
        line.arn = arn
        line.unnamedSince = nil
        return line
    }

    /// With numbers for the next hours.
    var grown: RecordLine {
        var line = self
        if needsNumbers { line.reserved = min(next, .max - Self.block) + Self.block }
        return line
    }
}

extension SQLiteConnection {
    func keep(_ line: RecordLine) throws {
        try execute(
            """
            INSERT INTO dataStream (name, arn, createdAt, first, reserved, unnamedSince) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET arn = excluded.arn, reserved = excluded.reserved,
            unnamedSince = excluded.unnamedSince
            """,
            [
                line.arn.name.text, line.arn.text, line.createdAt.milliseconds, line.first, line.reserved,
                line.unnamedSince?.milliseconds,
            ])
    }

    func insert(_ record: StreamRecord, of stream: StreamName) throws {
        try execute(
            """
            INSERT OR IGNORE INTO dataRecord (stream, sequence, time, partitionKey, bytes, data)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                stream.text, record.sequence, record.arrivedAt.milliseconds, record.partitionKey, record.data.count,
                record.data,
            ])
    }

    /// In their order.
    func records(of stream: StreamName, in range: Range<Int64>, limit: Int) throws -> [StreamRecord] {
        try all(
            """
            SELECT sequence, time, partitionKey, data FROM dataRecord
            WHERE stream = ? AND sequence >= ? AND sequence < ? ORDER BY sequence LIMIT ?
            """, [stream.text, range.lowerBound, range.upperBound, limit]
        ) { row in
            StreamRecord(
                sequence: try row["sequence"], arrivedAt: WallTime(milliseconds: try row["time"]),
                partitionKey: try row["partitionKey"], data: try row["data"])
        }
    }

    /// The oldest go, whose ever they are.
    func enforce(_ bounds: RecordStore.Bounds) throws {
        try execute("DELETE FROM dataRecord WHERE id <= (SELECT max(id) FROM dataRecord) - ?", [bounds.records])
        var excess = try value("SELECT ifnull(sum(bytes), 0) FROM dataRecord") ?? 0
        excess -= bounds.bytes
        guard excess > 0 else { return }
        var last: Int64?
        var rows = try cursor("SELECT id, bytes FROM dataRecord ORDER BY id")
        while excess > 0, try rows.next() {
            last = try rows["id"]
            excess -= try rows["bytes"] as Int
        }
        try execute("DELETE FROM dataRecord WHERE id <= ?", [last])
    }
}
