package import Base

/// The reading side of Amazon Kinesis Data Streams (2013-12-02) as a pure door: an operation's name and body in, status and
/// body out. Its streams are those that face searches write to.
package struct KinesisAPI: Sendable {
    private let sources: KinesisSources

    /// Bytes of a body; readers send little.
    package static let largestRequest = 64 << 10

    /// - Parameters:
    ///   - now: iterators end by it.
    ///   - wallTime: what records and callers tell times by.
    package init(
        streams: any RecordStreams, now: @escaping @Sendable () -> MonotonicTime = { .now() },
        wallTime: @escaping @Sendable () -> WallTime = { .now() }
    ) {
        sources = KinesisSources(streams: streams, now: now, wallTime: wallTime)
    }

    /// - Parameter operation: for example `GetRecords`.
    /// - Returns: AWS's status (200, 400, 500) and JSON; refusals are `{"__type": …, "message": …}`.
    package func answer(operation: String, body: [UInt8]) async -> (status: Int, body: [UInt8]) {
        do throws(APIError) {
            let operation = try KinesisOperationTable.operation(named: operation)
            let request = try Members(request: try RekognitionAPI.request(body))
            return (200, try await operation.answer(request, sources).jsonBytes)
        } catch {
            return (error.kind.status, error.kinesisJSON.jsonBytes)
        }
    }
}

/// What the operations ask.
struct KinesisSources: Sendable {
    var streams: any RecordStreams
    var now: @Sendable () -> MonotonicTime
    var wallTime: @Sendable () -> WallTime
}

/// One operation: its name and what it does with a request.
struct KinesisOperation: Sendable {
    let name: String
    let answer: @Sendable (Members, KinesisSources) async throws(APIError) -> JSONValue

    init(
        _ name: String, _ answer: @escaping @Sendable (Members, KinesisSources) async throws(APIError) -> JSONValue
    ) {
        self.name = name
        self.answer = answer
    }
}

extension APIError {
    /// Kinesis writes `message` small, and calls a broken constraint a `ValidationException`.
    fileprivate var kinesisJSON: JSONValue {
        let type =
            switch kind {
            case .invalidParameter: "ValidationException"
            case .internalServerError: "InternalFailureException"
            default: kind.rawValue
            }
        return ["__type": .string(type), "message": .string(message)]
    }
}
