import Base

extension Operation {
    static let searchFacesByImage = Operation(
        ofSeveral: "SearchFacesByImage", pictures: 1
    ) { request, sources throws(APIError) in
        let search = try await PictureSearch(
            request, sources, threshold: "FaceMatchThreshold", most: ("MaxFaces", 4096))
        let matches = try await sources.collections.answering {
            try $0.search(
                search.probe.vector, from: search.model, in: search.collection, atLeast: search.threshold,
                limit: search.most)
        }
        return [
            "SearchedFaceBoundingBox": search.probe.face.box.json,
            "SearchedFaceConfidence": search.probe.face.confidence.percentJSON,
            "FaceMatches": .array(matches.map(\.answer)), "FaceModelVersion": .string(FaceModel.awsVersion),
        ]
    }
}
