import Base
import Rekognition

extension Routes {
    /// `GET /faces`: whether faces can be looked for, and what is kept of them.
    @Sendable static func faces(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let household = try sources.people()
        let why = await sources.api.whyNoFaces()
        return json([
            "ready": .bool(why == nil), "why": why.map(JSONValue.string) ?? .null,
            "keepsPictures": .bool(household.keepsPictures),
        ])
    }
}
