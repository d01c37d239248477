import Base
import Rekognition

extension Routes {
    private static let kinesisPrefix = "Kinesis_20131202."

    /// A reader of data streams.
    @Sendable static func asksKinesis(_ head: RequestHead) -> Bool {
        head["x-amz-target"]?.hasPrefix(kinesisPrefix) ?? false
    }

    /// `POST /` with `X-Amz-Target: Kinesis_20131202.<Operation>`.
    @Sendable static func kinesis(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let type = call.head["content-type"]?.split(separator: ";").first?.trimmingSpaces().lowercased()
        guard let format = type.flatMap(KinesisAPI.Format.init) else {
            throw APIError(
                .unsupportedMediaType,
                "Content-Type must be \(KinesisAPI.Format.json.rawValue) or \(KinesisAPI.Format.cbor.rawValue).")
        }
        let operation = call.head["x-amz-target"]?.removing(prefix: kinesisPrefix) ?? ""
        let (status, body) = await sources.streams.answer(operation: String(operation), body: call.body, as: format)
        return Answer(status: status, contentType: format.rawValue, body: body)
    }
}

extension Signature {
    /// The service in whose name a request must be signed.
    static func service(of head: RequestHead) -> String { Routes.asksKinesis(head) ? "kinesis" : service }
}
