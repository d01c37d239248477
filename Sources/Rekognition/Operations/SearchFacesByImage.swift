import Base

extension Operation {
    static let searchFacesByImage = Operation(
        ofSeveral: "SearchFacesByImage", pictures: 1
    ) { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        let image = try PictureMember("Image", of: members)
        let most = try members.integer("MaxFaces", in: 1...4096) ?? 4096
        let threshold = try members.double("FaceMatchThreshold", in: Members.percent) ?? Members.usualThreshold
        let filter = try members.word("QualityFilter", FaceFilter.self) ?? .none
        try members.violations.throwIfAny()
        let (id, picture) = (try checked(name), try image.bytes())
        _ = try await sources.collections.answering { try $0.describe(id) }
        let probe = try ProbeFace(await sources.faces.answering(picture, wantsVectors: true), filter)
        let model = try await sources.faces.answeringModel()
        let matches = try await sources.collections.answering {
            try $0.search(probe.vector, from: model, in: id, atLeast: threshold, limit: most)
        }
        return [
            "SearchedFaceBoundingBox": probe.face.box.json,
            "SearchedFaceConfidence": probe.face.confidence.percentJSON, "FaceMatches": .array(matches.map(\.answer)),
            "FaceModelVersion": .string(FaceModel.awsVersion),
        ]
    }
}
