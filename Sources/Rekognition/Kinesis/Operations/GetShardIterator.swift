import Base

extension KinesisOperation {
    static let getShardIterator = KinesisOperation("GetShardIterator") { request, sources throws(APIError) in
        let shard = try request.string("ShardId", .shardID, required: true)
        let place = try StartingPlace(request)
        guard let stream = try await sources.namedStream(request) else { return [:] }
        try Shard.check(try checked(shard), of: stream)
        let sequence = try await checked(place).sequence(in: stream, sources)
        return [
            "ShardIterator": .string(ShardIterator(stream.arn.name, at: sequence, madeAt: sources.now()).text)
        ]
    }
}

/// `ShardIteratorType` with what belongs to it.
private enum StartingPlace {
    case at(String)
    case after(String)
    case oldest
    case newest
    case time(WallTime)

    private static let types = [
        "AFTER_SEQUENCE_NUMBER", "AT_SEQUENCE_NUMBER", "AT_TIMESTAMP", "LATEST", "TRIM_HORIZON",
    ]

    /// Nil when something is missing that is among the violations.
    init?(_ request: Members) throws(APIError) {
        let type = try request.string("ShardIteratorType", .any, required: true)
        let number = try request.string("StartingSequenceNumber", .sequenceNumber)
        let seconds = try request.double("Timestamp")
        if let type, !Self.types.contains(type) {
            request.refuse(
                "ShardIteratorType",
                because: "Member must satisfy enum value set: [\(Self.types.joined(separator: ", "))]")
        }
        try request.violations.throwIfAny()
        switch (type, number, seconds) {
        case ("AT_SEQUENCE_NUMBER", let number?, nil): self = .at(number)
        case ("AFTER_SEQUENCE_NUMBER", let number?, nil): self = .after(number)
        case ("TRIM_HORIZON", nil, nil): self = .oldest
        case ("LATEST", nil, nil): self = .newest
        case ("AT_TIMESTAMP", nil, let seconds?):
            guard let milliseconds = Int64(exactly: (seconds * 1000).rounded()) else {
                throw APIError(.invalidArgument, "Timestamp is no time.")
            }
            self = .time(WallTime(milliseconds: milliseconds))
        case (let type?, _, _):
            throw APIError(
                .invalidArgument,
                "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
                    + "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber or (3) AT_TIMESTAMP and Timestamp. "
                    + "Request specified \(type) and \(number == nil ? "no " : "also a ")StartingSequenceNumber.")
        case (nil, _, _): return nil
        }
    }

    func sequence(in stream: RecordStream, _ sources: KinesisSources) async throws(APIError) -> Int64 {
        switch self {
        case .at(let number): return try Self.known(number, stream)
        case .after(let number): return try Self.known(number, stream) + 1
        case .oldest: return 0
        case .newest: return stream.next
        case .time(let time):
            let now = sources.wallTime()
            guard time.milliseconds <= now.milliseconds else {
                throw APIError(
                    .invalidArgument,
                    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                        + "timestampInMillis: \(time.milliseconds), currentTimestampInMillis: \(now.milliseconds)")
            }
            let found = try await sources.answering { streams throws(RecordStreamError) in
                try await streams.firstSequence(of: stream.arn.name, arrivedFrom: time)
            }
            return found ?? stream.next
        }
    }

    /// - Throws: `InvalidArgumentException` for one that the stream has not given.
    private static func known(_ number: String, _ stream: RecordStream) throws(APIError) -> Int64 {
        guard let sequence = Int64(number), sequence < stream.next else {
            throw APIError(
                .invalidArgument,
                "StartingSequenceNumber \(number) used in GetShardIterator on shard \(Shard.id) in stream "
                    + "\(stream.arn.name) under account \(Shard.account) is invalid because it did not come from this "
                    + "stream.")
        }
        return sequence
    }
}
