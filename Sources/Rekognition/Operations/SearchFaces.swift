import Base

extension Operation {
    static let searchFaces = Operation(ofSeveral: "SearchFaces") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        let wanted = try members.faceID(required: true)
        let most = try members.integer("MaxFaces", in: 1...4096) ?? 4096
        let threshold = try members.double("FaceMatchThreshold", in: Members.percent) ?? Members.usualThreshold
        try members.violations.throwIfAny()
        let (id, face) = (try checked(name), try checked(wanted))
        let matches = try await sources.collections.answering {
            try $0.matches(ofFace: face, in: id, atLeast: threshold, limit: most)
        }
        return [
            "SearchedFaceId": .string(face.text), "FaceMatches": .array(matches.map(\.answer)),
            "FaceModelVersion": .string(FaceModel.awsVersion),
        ]
    }
}
