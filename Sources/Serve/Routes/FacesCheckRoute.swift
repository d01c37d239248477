import Rekognition

extension Routes {
    /// `POST /faces/check` with `Image`: what IndexFaces would say of each face of a picture; nothing is kept.
    @Sendable static func checkFaces(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        json(try await sources.api.checkFaces(try householdRequest(call)))
    }
}
