import Base
import Rekognition

extension Routes {
    /// `GET /cameras/<name>/snapshot.jpg`: the latest picture.
    @Sendable static func snapshot(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        jpeg(try await latest(call, sources).jpeg)
    }

    /// Not kept by anybody on the way.
    static func jpeg(_ bytes: [UInt8]) -> Answer {
        var answer = Answer(status: 200, contentType: "image/jpeg", body: bytes)
        answer.headers = [("Cache-Control", "no-store")]
        return answer
    }

    /// The latest picture of the camera that the path names.
    static func latest(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Snapshot {
        guard CameraName(call.wildcard) != nil,
            let picture = await sources.health.snapshot(of: call.wildcard, otherThan: nil)
        else {
            throw APIError(
                .resourceNotFound,
                "There is no camera '\(call.wildcard.prefix(64))', or it has not sent a picture yet, "
                    + "or pictures.privacy is on."
            )
        }
        return picture
    }
}
