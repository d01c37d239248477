import Base
import Rekognition

extension Routes {
    /// `POST /faces/import`: faces of a copy into a collection: all of the request or none. AWS has no operation for it.
    @Sendable static func importFaces(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let request = try householdRequest(call)
        let id = try collectionID(request)
        let list = request["Faces"]?.array ?? []
        guard list.count <= facesOfAPage else {
            throw APIError(.invalidParameter, "\(list.count) faces at once; at most \(facesOfAPage) are taken.")
        }
        guard !list.isEmpty else { return householdAnswer(["New": 0]) }
        guard let model = request["Model"].flatMap({ FaceModel($0) }) else {
            throw APIError(.invalidParameter, "Model must say which embedder the vectors are from.")
        }
        var faces: [StoredFace] = []
        for (index, json) in list.enumerated() {
            guard let face = StoredFace(json, dimension: model.dimension) else {
                throw APIError(.invalidParameter, "Faces[\(index)] is no face of a copy.")
            }
            faces.append(face)
        }
        let collections = try sources.people().collections
        do throws(FaceCollectionError) {
            let new = try await collections.restore(faces, into: id, from: model)
            return householdAnswer(["New": .integer(Int64(new))])
        } catch {
            throw APIError(error)
        }
    }
}
