import Base
import FoundationEssentials

extension KinesisOperation {
    /// AWS gives up to 10 MB; a small board gives less at a time, and readers come again by themselves.
    private static let mostBytes = 1 << 20

    static let getRecords = KinesisOperation("GetRecords") { request, sources throws(APIError) in
        let text = try request.string("ShardIterator", .shardIterator, required: true)
        let limit = try request.integer("Limit", in: 1...10_000) ?? 10_000
        try request.violations.throwIfAny()
        let iterator = try ShardIterator(reading: try checked(text), at: sources.now())
        if let named = try await sources.namedStream(request, isRequired: false), named.arn.name != iterator.stream {
            throw APIError(.invalidArgument, "The iterator is not of the stream that StreamARN names.")
        }
        let page = try await sources.answering { streams throws(RecordStreamError) in
            try await streams.page(of: iterator.stream, from: iterator.sequence, limit: limit, bytes: mostBytes)
        }
        guard let page else {
            throw APIError(
                .resourceNotFound, "Stream \(iterator.stream) under account \(Shard.account) not found.")
        }
        let next = ShardIterator(iterator.stream, at: page.next, madeAt: sources.now())
        return [
            "Records": .array(page.records.map(\.json)), "NextShardIterator": .string(next.text),
            "MillisBehindLatest": .integer(page.behind.milliseconds),
        ]
    }
}

extension StreamRecord {
    /// `Record`
    fileprivate var json: JSONValue {
        [
            "SequenceNumber": .string(String(sequence)), "ApproximateArrivalTimestamp": arrivedAt.epochSeconds,
            "Data": .string(Data(data).base64EncodedString()), "PartitionKey": .string(partitionKey),
        ]
    }
}
