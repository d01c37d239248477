import Base
import Rekognition

extension Routes {
    /// Faces of an answer: with vectors and thumbnails a megabyte or two.
    static let facesOfAPage = 200

    /// `POST /faces/export`: a page of a collection's faces with their vectors, for a copy. AWS has no operation for it.
    @Sendable static func exportFaces(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let request = try householdRequest(call)
        let id = try collectionID(request)
        var after: FaceID?
        if let text = request["After"]?.string {
            guard let face = FaceID(text) else {
                throw APIError(.invalidParameter, "After must be the id of a face, not '\(text.prefix(100))'.")
            }
            after = face
        }
        let collections = try sources.people().collections
        do throws(FaceCollectionError) {
            let model = try collections.describe(id).model
            let faces = try await collections.storedFaces(in: id, after: after, limit: facesOfAPage)
            return householdAnswer([
                "CollectionId": .string(id.text), "Model": model?.json ?? .null,
                "Faces": .array(faces.map(\.json)), "HasMore": .bool(faces.count == facesOfAPage),
            ])
        } catch {
            throw APIError(error)
        }
    }

    /// - Throws: for another content type, which a form on a foreign page could send, and for what is no JSON object.
    static func householdRequest(_ call: Route.Call) throws(APIError) -> JSONValue {
        let type = call.head["content-type"]?.split(separator: ";").first?.trimmingSpaces().lowercased()
        guard type == contentType || type == "application/json" else {
            throw APIError(.unsupportedMediaType, "Content-Type must be application/json or \(contentType).")
        }
        guard let json = try? JSONParser.parse(call.body), json.object != nil else {
            throw APIError(.serialization, "The body is no JSON object.")
        }
        return json
    }

    static func collectionID(_ request: JSONValue) throws(APIError) -> CollectionID {
        guard let text = request["CollectionId"]?.string, let id = CollectionID(text) else {
            throw APIError(.invalidParameter, "CollectionId must be 1 to 255 characters of a-z A-Z 0-9 _ . -")
        }
        return id
    }

    static func householdAnswer(_ json: JSONValue) -> Answer {
        Answer(status: 200, contentType: contentType, body: json.jsonBytes)
    }
}
