import Base

extension StringRule {
    static let streamName = StringRule(length: 1...128, pattern: .name)
    static let streamARN = StringRule(
        length: 1...2048,
        pattern: Pattern(text: #"arn:aws.*:kinesis:.*:\d{12}:stream/\S+"#) { DataStreamARN($0) != nil })
    static let shardID = StringRule(length: 1...128, pattern: .name)
    static let shardIterator = StringRule(length: 1...512)
    static let sequenceNumber = StringRule(
        length: 1...129,
        pattern: Pattern(text: #"0|([1-9]\d{0,128})"#) { text in
            text.utf8.allSatisfy(Characters.isDigit) && (text == "0" || text.utf8.first != UInt8(ascii: "0"))
        })
    static let streamToken = StringRule(length: 1...1_048_576)
}

/// A stream's only shard.
enum Shard {
    static let id = "shardId-000000000000"
    static let account = "000000000000"
    /// Of MD5: all of them.
    private static let lastHashKey = "340282366920938463463374607431768211455"

    static func json(of stream: RecordStream) -> JSONValue {
        [
            "ShardId": .string(id),
            "HashKeyRange": ["StartingHashKey": "0", "EndingHashKey": .string(lastHashKey)],
            "SequenceNumberRange": ["StartingSequenceNumber": .string(String(stream.first))],
        ]
    }

    /// - Throws: `ResourceNotFoundException`
    static func check(_ wanted: String, of stream: RecordStream) throws(APIError) {
        guard wanted != id else { return }
        throw APIError(
            .resourceNotFound,
            "Could not find shard \(wanted) in stream \(stream.arn.name) under account \(account).")
    }
}

extension RecordStream {
    /// What ListStreams, DescribeStream and DescribeStreamSummary have in common.
    var summary: [String: JSONValue] {
        [
            "StreamName": .string(arn.name.text), "StreamARN": .string(arn.text), "StreamStatus": "ACTIVE",
            "StreamModeDetails": ["StreamMode": "PROVISIONED"], "StreamCreationTimestamp": createdAt.epochSeconds,
        ]
    }

    /// What both Describes add.
    static let properties: [String: JSONValue] = [
        "RetentionPeriodHours": 24, "EnhancedMonitoring": [["ShardLevelMetrics": []]], "EncryptionType": "NONE",
    ]
}

extension KinesisSources {
    /// The stream that a request names, by `StreamName`, `StreamARN` or both.
    /// - Parameter isRequired: ListShards and GetRecords can do without.
    /// - Returns: nil when none is named.
    func namedStream(_ request: Members, isRequired: Bool = true) async throws(APIError) -> RecordStream? {
        let name = try request.string("StreamName", .streamName)
        let arn = try request.string("StreamARN", .streamARN)
        try request.violations.throwIfAny()
        let ofARN = arn.flatMap(DataStreamARN.init)?.name.text
        guard let wanted = name ?? ofARN else {
            guard isRequired else { return nil }
            throw APIError(.invalidArgument, "Either StreamName or StreamARN must be given.")
        }
        guard ofARN == nil || ofARN == wanted else {
            throw APIError(.invalidArgument, "StreamName '\(wanted)' is not the stream of StreamARN.")
        }
        return try await stream(named: wanted)
    }

    /// - Throws: `ResourceNotFoundException`
    func stream(named name: String) async throws(APIError) -> RecordStream {
        if let stream = await streams.streams().first(where: { $0.arn.name.text == name }) { return stream }
        throw APIError(.resourceNotFound, "Stream \(name) under account \(Shard.account) not found.")
    }

    /// Asks the store and spells its refusal as AWS does.
    func answering<Answer>(
        _ question: (any RecordStreams) async throws(RecordStreamError) -> Answer
    ) async throws(APIError) -> Answer {
        do throws(RecordStreamError) { return try await question(streams) } catch {
            throw APIError(.internalServerError, "The records cannot be read now: \(error). Try again.")
        }
    }
}
