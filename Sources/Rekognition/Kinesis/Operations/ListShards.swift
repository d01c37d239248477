import Base

extension KinesisOperation {
    static let listShards = KinesisOperation("ListShards") { request, sources throws(APIError) in
        _ = try request.integer("MaxResults", in: 1...10_000)
        let after = try request.string("ExclusiveStartShardId", .shardID)
        if try request.string("NextToken", .streamToken) != nil {
            try request.violations.throwIfAny()
            // One shard needs no second page.
            throw APIError(.invalidArgument, "NextToken is not one that ListShards has returned.")
        }
        guard let stream = try await sources.namedStream(request) else { return [:] }
        return ["Shards": .array(after.map { $0 >= Shard.id } ?? false ? [] : [Shard.json(of: stream)])]
    }
}
