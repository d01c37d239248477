import Base

/// What memory holds of one data stream: the newest records, and the numbers.
struct RecordLine: Sendable {
    var arn: DataStreamARN
    let createdAt: WallTime
    let first: Int64
    /// Numbers below are known to the disk as given.
    var reserved: Int64
    private(set) var next: Int64
    /// Since when no processor names it; nil while one does.
    var unnamedSince: WallTime?
    private(set) var recent: [Held] = []
    private var bytes = 0

    struct Held: Sendable {
        let record: StreamRecord
        /// Worth the disk.
        let isLasting: Bool
        var isStored = false

        var isOwed: Bool { isLasting && !isStored }
    }

    /// Some minutes of a camera that is looked at ten times a second.
    static let mostRecords = 4096
    static let mostBytes = 1 << 20
    /// Numbers that are reserved at a time: hours of records for one write.
    static let block: Int64 = 100_000

    init(
        arn: DataStreamARN, createdAt: WallTime, first: Int64, next: Int64, reserved: Int64, unnamedSince: WallTime?
    ) {
        self.arn = arn
        self.createdAt = createdAt
        self.first = first
        self.next = next
        self.reserved = reserved
        self.unnamedSince = unnamedSince
    }

    var description: RecordStream { RecordStream(arn: arn, createdAt: createdAt, first: first, next: next) }

    var needsNumbers: Bool { next > reserved - Self.block / 10 }

    /// - Returns: how many records went that were still to be stored: the disk did not take them in time.
    mutating func append(_ data: [UInt8], key: String, isLasting: Bool, at time: WallTime) -> Int {
        let record = StreamRecord(sequence: next, arrivedAt: time, partitionKey: key, data: data)
        if next < .max { next += 1 }
        recent.append(Held(record: record, isLasting: isLasting))
        bytes += data.count
        return makeRoom()
    }

    /// Cuts a quarter at a time, so that not every record moves all others.
    private mutating func makeRoom() -> Int {
        guard recent.count > Self.mostRecords || bytes > Self.mostBytes else { return 0 }
        var (count, kept) = (0, bytes)
        while count < recent.count - 1, recent.count - count > Self.mostRecords * 3 / 4 || kept > Self.mostBytes * 3 / 4
        {
            kept -= recent[count].record.data.count
            count += 1
        }
        let lost = recent.prefix(count).count(where: \.isOwed)
        recent.removeFirst(count)
        bytes = kept
        return lost
    }

    /// What is worth the disk and not on it yet.
    var owed: [StreamRecord] { recent.filter(\.isOwed).map(\.record) }

    mutating func stored(through sequence: Int64) {
        for index in recent.indices where recent[index].record.sequence <= sequence && recent[index].isLasting {
            recent[index].isStored = true
        }
    }

    /// - Returns: how many went.
    mutating func forget(where isDoomed: (StreamRecord) -> Bool) -> Int {
        let before = recent.count
        recent.removeAll { isDoomed($0.record) }
        bytes = recent.reduce(0) { $0 + $1.record.data.count }
        return before - recent.count
    }

    /// The disk has lost all of it.
    mutating func forgetStored() {
        for index in recent.indices { recent[index].isStored = false }
    }

    /// - Parameter sequence: the first that is wanted.
    func records(from sequence: Int64) -> ArraySlice<Held> {
        var (low, high) = (recent.startIndex, recent.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if recent[middle].record.sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return recent[low...]
    }

    /// Everything from here on is in memory.
    var firstInMemory: Int64 { recent.first?.record.sequence ?? next }
}
