/// What readers ask of the box's data streams. Filled by `Store`.
package protocol RecordStreams: Sendable {
    /// Those that processors name, and those whose records are still kept; by name.
    func streams() async -> [RecordStream]
    /// - Parameters:
    ///   - sequence: the first number that is wanted; what is not kept any more is left out.
    ///   - limit: records, at least 1.
    ///   - bytes: of their data together; one record always fits.
    /// - Returns: nil when there is no such stream.
    func page(
        of stream: StreamName, from sequence: Int64, limit: Int, bytes: Int
    ) async throws(RecordStreamError) -> RecordPage?
    /// The number of the first record that came at this time or later, or that the next one gets; nil when there is no
    /// such stream.
    func firstSequence(of stream: StreamName, arrivedFrom time: WallTime) async throws(RecordStreamError) -> Int64?
}

/// The disk does not give back what it holds; the caller may try again.
package struct RecordStreamError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// One data stream, which has one shard.
package struct RecordStream: Sendable, Equatable {
    package var arn: DataStreamARN
    package var createdAt: WallTime
    /// The number of its first record ever, kept or not.
    package var first: Int64
    /// What the next record gets. Numbers grow, across restarts too; some are never given.
    package var next: Int64

    package init(arn: DataStreamARN, createdAt: WallTime, first: Int64, next: Int64) {
        self.arn = arn
        self.createdAt = createdAt
        self.first = first
        self.next = next
    }
}

/// One record of a data stream.
package struct StreamRecord: Sendable, Equatable {
    package var sequence: Int64
    package var arrivedAt: WallTime
    package var partitionKey: String
    package var data: [UInt8]

    package init(sequence: Int64, arrivedAt: WallTime, partitionKey: String, data: [UInt8]) {
        self.sequence = sequence
        self.arrivedAt = arrivedAt
        self.partitionKey = partitionKey
        self.data = data
    }
}

/// Some records in their order.
package struct RecordPage: Sendable, Equatable {
    package var records: [StreamRecord]
    /// Where the next page begins.
    package var next: Int64
    /// How long ago the last of these records came, when there are newer ones; else zero.
    package var behind: Duration

    package init(records: [StreamRecord], next: Int64, behind: Duration) {
        self.records = records
        self.next = next
        self.behind = behind
    }
}
