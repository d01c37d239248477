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

    /// How request and answer are spelled, by the content type of both.
    package enum Format: String, Sendable {
        case json = "application/x-amz-json-1.1"
        /// What the AWS SDK for Java sends.
        case cbor = "application/x-amz-cbor-1.1"

        fileprivate func request(_ body: [UInt8]) throws(APIError) -> JSONValue {
            switch self {
            case .json: try RekognitionAPI.request(body)
            case .cbor: try CBORReader.value(of: body)
            }
        }

        fileprivate func bytes(_ answer: JSONValue) -> [UInt8] {
            switch self {
            case .json: answer.jsonBytes
            case .cbor: CBORWriter.bytes(of: answer)
            }
        }
    }

    /// - Parameter operation: for example `GetRecords`.
    /// - Returns: AWS's status (200, 400, 500) and the answer; refusals are `{"__type": …, "message": …}`.
    package func answer(
        operation: String, body: [UInt8], as format: Format = .json
    ) async -> (status: Int, body: [UInt8]) {
        do throws(APIError) {
            let operation = try KinesisOperationTable.operation(named: operation)
            let request = try Members(request: try format.request(body))
            return (200, format.bytes(try await operation.answer(request, sources)))
        } catch {
            return (error.kind.status, format.bytes(error.kinesisJSON))
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
