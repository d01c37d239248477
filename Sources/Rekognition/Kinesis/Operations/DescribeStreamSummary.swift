import Base

extension KinesisOperation {
    static let describeStreamSummary = KinesisOperation("DescribeStreamSummary") { request, sources throws(APIError) in
        guard let stream = try await sources.namedStream(request) else { return [:] }
        let members = stream.summary.merging(RecordStream.properties) { own, _ in own }
            .merging(["OpenShardCount": 1, "ConsumerCount": 0]) { own, _ in own }
        return ["StreamDescriptionSummary": .object(members)]
    }
}
