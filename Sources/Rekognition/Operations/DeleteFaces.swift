import Base

extension Operation {
    static let deleteFaces = Operation(ofSeveral: "DeleteFaces") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        let ids = try members.faceIDs(count: 1...4096, required: true)
        try members.violations.throwIfAny()
        let (id, faces) = (try checked(name), try checked(ids))
        let deletion = try await sources.collections.answering { try await $0.deleteFaces(faces, from: id) }
        let owned = deletion.owned.map { owned -> JSONValue in
            [
                "FaceId": .string(owned.face.text), "UserId": .string(owned.user.text),
                "Reasons": ["ASSOCIATED_TO_AN_EXISTING_USER"],
            ]
        }
        let unknown = deletion.unknown.map { face -> JSONValue in
            ["FaceId": .string(face.text), "Reasons": ["FACE_NOT_FOUND"]]
        }
        return [
            "DeletedFaces": .array(deletion.deleted.map { .string($0.text) }),
            "UnsuccessfulFaceDeletions": .array(owned + unknown),
        ]
    }
}
