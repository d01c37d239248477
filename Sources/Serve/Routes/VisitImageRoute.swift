import Base
import Rekognition

extension Routes {
    /// `GET /visits/<id>/image.jpg`: the best picture of a visit, as long as it is kept.
    @Sendable static func visitImage(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        guard let picture = try await sources.people().traces.picture(ofVisit: call.wildcard) else {
            throw APIError(
                .resourceNotFound, "There is no picture of a visit '\(call.wildcard.prefix(64))' (any more).")
        }
        return jpeg(picture)
    }
}
