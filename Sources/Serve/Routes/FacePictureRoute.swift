import Base
import Rekognition

extension Routes {
    /// `GET /faces/<id>/picture.jpg?collection=<id>`: the small picture that is kept of a face.
    @Sendable static func facePicture(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let query = try Query(call.head, knows: ["collection"])
        guard let id = try query.value("collection", "a collection's id", { CollectionID($0) }) else {
            throw APIError(.invalidParameter, "collection must be a collection's id.")
        }
        let collections = try sources.people().collections
        do throws(FaceCollectionError) {
            if let face = FaceID(call.wildcard), let bytes = try await collections.picture(ofFace: face, in: id) {
                return jpeg(bytes)
            }
        } catch { throw APIError(error) }
        throw APIError(.resourceNotFound, "No picture is kept of a face '\(call.wildcard.prefix(64))'.")
    }
}
