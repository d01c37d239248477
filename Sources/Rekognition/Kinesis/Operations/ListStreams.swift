import Base

extension KinesisOperation {
    static let listStreams = KinesisOperation("ListStreams") { request, sources throws(APIError) in
        let limit = try request.integer("Limit", in: 1...10_000) ?? 100
        let start = try request.string("ExclusiveStartStreamName", .streamName)
        let token = try request.string("NextToken", .streamToken)
        try request.violations.throwIfAny()
        let after = token ?? start
        let rest = await sources.streams.streams().drop { stream in after.map { stream.arn.name.text <= $0 } ?? false }
        let page = rest.prefix(limit)
        var answer: [String: JSONValue] = [
            "StreamNames": .array(page.map { .string($0.arn.name.text) }),
            "StreamSummaries": .array(page.map { .object($0.summary) }),
            "HasMoreStreams": .bool(page.count < rest.count),
        ]
        if let last = page.last, page.count < rest.count { answer["NextToken"] = .string(last.arn.name.text) }
        return .object(answer)
    }
}
