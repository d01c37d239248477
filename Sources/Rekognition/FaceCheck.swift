package import Base

/// What people want to know before they keep a face. AWS has no operations for it.
extension RekognitionAPI {
    /// What IndexFaces would say of the faces of a picture, the largest first; nothing is kept.
    /// - Parameter request: `Image`, and `QualityFilter` if it is not `AUTO`.
    /// - Returns: `Faces`, each with `FaceDetail`, `Pixels` (the shorter side of its box in the picture), `IsColor`, and
    ///   `Reasons` why it would not be taken; empty for one that would.
    package func checkFaces(_ request: JSONValue) async throws(APIError) -> JSONValue {
        let members = try Members(request: request)
        let image = try PictureMember("Image", of: members)
        let filter = try members.word("QualityFilter", FaceFilter.self) ?? .auto
        try members.violations.throwIfAny()
        let faces = try await sources.faces.answering(try image.bytes(), wantsVectors: true)
        return [
            "Faces": .array(
                faces.map { face in
                    [
                        "FaceDetail": face.json, "Pixels": .integer(Int64(face.pixels)),
                        "IsColor": .bool(face.quality.isColor),
                        "Reasons": .array(
                            filter.reasons(against: face, as: .reference).map { .string($0.rawValue) }),
                    ]
                })
        ]
    }

    /// Why faces cannot be looked for here, in words; nil when they can.
    package func whyNoFaces() async -> String? {
        do throws(PictureRefusal) {
            _ = try await sources.faces.model()
            return nil
        } catch {
            return APIError(error).message
        }
    }
}
