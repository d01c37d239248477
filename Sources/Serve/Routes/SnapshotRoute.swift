import Base
import Rekognition

extension Routes {
    /// `GET /cameras/<name>/snapshot.jpg`: the latest picture.
    @Sendable static func snapshot(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        guard CameraName(call.wildcard) != nil, let jpeg = await sources.health.snapshot(of: call.wildcard) else {
            throw APIError(
                .resourceNotFound,
                "There is no camera '\(call.wildcard.prefix(64))', or it has not sent a picture yet, "
                    + "or pictures.privacy is on."
            )
        }
        var answer = Answer(status: 200, contentType: "image/jpeg", body: jpeg)
        answer.headers = [("Cache-Control", "no-store")]
        return answer
    }
}
