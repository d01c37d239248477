import Base

extension Operation {
    static let searchUsersByImage = Operation(
        ofSeveral: "SearchUsersByImage", pictures: 1
    ) { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        let image = try PictureMember("Image", of: members)
        let threshold = try members.double("UserMatchThreshold", in: Members.percent) ?? Members.usualThreshold
        let most = try members.integer("MaxUsers", in: 1...500) ?? 500
        let filter = try members.word("QualityFilter", FaceFilter.self) ?? .none
        try members.violations.throwIfAny()
        let (id, picture) = (try checked(name), try image.bytes())
        _ = try await sources.collections.answering { try $0.describe(id) }
        let probe = try ProbeFace(await sources.faces.answering(picture, wantsVectors: true), filter)
        let model = try await sources.faces.answeringModel()
        let matches = try await sources.collections.answering {
            try $0.userMatches(of: .vector(probe.vector, model), in: id, atLeast: threshold, limit: most)
        }
        return [
            "UserMatches": .array(matches.map(\.json)), "FaceModelVersion": .string(FaceModel.awsVersion),
            "SearchedFace": ["FaceDetail": probe.face.json],
            "UnsearchedFaces": .array(
                probe.others.map { face, reasons in
                    ["FaceDetails": face.json, "Reasons": .array(reasons.map { .string($0.rawValue) })]
                }),
        ]
    }
}
