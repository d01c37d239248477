/// One row per operation; each has its file in `Operations/`.
enum KinesisOperationTable {
    static let all: [KinesisOperation] = [
        .listStreams, .describeStream, .describeStreamSummary, .listShards, .getShardIterator, .getRecords,
    ]

    /// - Throws: `UnknownOperationException`
    static func operation(named name: String) throws(APIError) -> KinesisOperation {
        if let operation = all.first(where: { $0.name == name }) { return operation }
        throw APIError(
            .unknownOperation,
            "Porchlight's data streams are for reading; there is no operation '\(name.prefix(100))'. They have: "
                + all.map(\.name).joined(separator: ", ") + ".")
    }
}
