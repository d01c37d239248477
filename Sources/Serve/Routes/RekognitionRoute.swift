import Base
import Rekognition

extension Routes {
    static let contentType = "application/x-amz-json-1.1"
    private static let targetPrefix = "RekognitionService."

    /// Pictures come as base64.
    static func largestBody(pictures: Int) -> Int { pictures * RekognitionAPI.largestPictureText + 64 << 10 }

    static let pictureTooLarge = APIError(
        .imageTooLarge, "The picture is too large; at most \(RekognitionAPI.largestPicture) bytes are taken.")

    /// The body of this request holds a picture.
    @Sendable static func carriesPicture(_ head: RequestHead) -> Bool { pictures(in: head) == 1 }

    /// It holds two.
    @Sendable static func carriesTwoPictures(_ head: RequestHead) -> Bool { pictures(in: head) == 2 }

    private static func pictures(in head: RequestHead) -> Int {
        head["x-amz-target"]?.removing(prefix: targetPrefix).map(RekognitionAPI.pictures(in:)) ?? 0
    }

    /// `POST /` with `X-Amz-Target: RekognitionService.<Operation>`.
    @Sendable static func rekognition(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        // A form on a foreign page cannot send this type without asking first (CORS).
        let type = call.head["content-type"]?.split(separator: ";").first?.trimmingSpaces().lowercased()
        guard type == contentType else {
            throw APIError(.unsupportedMediaType, "Content-Type must be \(contentType).")
        }
        guard let target = call.head["x-amz-target"], let operation = target.removing(prefix: targetPrefix) else {
            throw APIError(.unknownOperation, "X-Amz-Target must be \(targetPrefix)<Operation>.")
        }
        let (status, body) = await sources.api.answer(
            operation: String(operation), body: call.body, extras: try TrialStep.members(of: call.head))
        return Answer(status: status, contentType: contentType, body: body)
    }
}

extension TrialStep {
    /// What `X-Porchlight-Trial-Seconds` and `X-Porchlight-Trial` say, as members of the request.
    static func members(of head: RequestHead) throws(APIError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if let text = head["x-porchlight-trial-seconds"] {
            guard let number = Int(text) else {
                throw APIError(
                    .invalidParameter, "X-Porchlight-Trial-Seconds must be a whole number, not '\(text.prefix(100))'.")
            }
            members[secondsMember] = .integer(Int64(number))
        }
        if let text = head["x-porchlight-trial"] { members[wordMember] = .string(text) }
        return members
    }
}
