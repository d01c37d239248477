import Base
import Rekognition

extension Routes {
    /// `GET /cameras/<name>/before.jpg`: what a camera showed before it was moved, while that is told.
    @Sendable static func before(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        guard CameraName(call.wildcard) != nil, let picture = sources.health.pictureBeforeMove(of: call.wildcard) else {
            throw APIError(
                .resourceNotFound,
                "There is no camera '\(call.wildcard.prefix(64))', or it was not moved, or no picture from before is kept, "
                    + "or pictures.privacy is on.")
        }
        var answer = Answer(status: 200, contentType: "image/jpeg", body: picture.jpeg)
        answer.headers = [("Cache-Control", "no-store")]
        return answer
    }
}
