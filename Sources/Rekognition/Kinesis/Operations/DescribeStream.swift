import Base

extension KinesisOperation {
    static let describeStream = KinesisOperation("DescribeStream") { request, sources throws(APIError) in
        _ = try request.integer("Limit", in: 1...10_000)
        let after = try request.string("ExclusiveStartShardId", .shardID)
        guard let stream = try await sources.namedStream(request) else { return [:] }
        let shards = after.map { $0 >= Shard.id } ?? false ? [] : [Shard.json(of: stream)]
        let members = stream.summary.merging(RecordStream.properties) { own, _ in own }
            .merging(["Shards": .array(shards), "HasMoreShards": false]) { own, _ in own }
        return ["StreamDescription": .object(members)]
    }
}
