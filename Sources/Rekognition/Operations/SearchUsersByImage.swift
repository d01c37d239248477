import Base

extension Operation {
    static let searchUsersByImage = Operation(
        ofSeveral: "SearchUsersByImage", pictures: 1
    ) { request, sources throws(APIError) in
        let search = try await PictureSearch(
            request, sources, threshold: "UserMatchThreshold", most: ("MaxUsers", 500))
        let matches = try await sources.collections.answering {
            try $0.userMatches(
                of: .vector(search.probe.vector, search.model), in: search.collection, atLeast: search.threshold,
                limit: search.most)
        }
        return [
            "UserMatches": .array(matches.map(\.json)), "FaceModelVersion": .string(FaceModel.awsVersion),
            "SearchedFace": ["FaceDetail": search.probe.face.json],
            "UnsearchedFaces": .array(
                search.probe.others.map { face, reasons in
                    ["FaceDetails": face.json, "Reasons": .array(reasons.map { .string($0.rawValue) })]
                }),
        ]
    }
}
