import Base

extension Operation {
    static let compareFaces = Operation(ofSeveral: "CompareFaces", pictures: 2) { request, sources throws(APIError) in
        let members = try Members(request: request)
        let source = try PictureMember("SourceImage", of: members)
        let target = try PictureMember("TargetImage", of: members)
        let threshold = try members.double("SimilarityThreshold", in: Members.percent) ?? Members.usualThreshold
        let filter = try members.word("QualityFilter", FaceFilter.self) ?? .none
        try members.violations.throwIfAny()
        let (first, second) = (try source.bytes(), try target.bytes())
        let wanted = try ProbeFace(await sources.faces.answering(first, wantsVectors: true), filter)
        let found = try await sources.faces.answering(second, wantsVectors: true)
        guard !found.isEmpty else {
            throw APIError(.invalidParameter, "There are no faces in TargetImage. Should be at least 1.")
        }
        let curve = try await sources.faces.answeringModel().similarity
        var (matches, others): ([(similarity: Double, face: Face)], [Face]) = ([], [])
        for face in found where filter == .none || filter.reasons(against: face, as: .probe).isEmpty {
            // A face that is too small to be compared matches nobody.
            let similarity = face.vector.flatMap(wanted.vector.cosine).map(curve.similarity(ofCosine:))
            if let similarity, similarity >= threshold {
                matches.append((similarity, face))
            } else {
                others.append(face)
            }
        }
        matches.sort { $0.similarity > $1.similarity }
        return [
            "SourceImageFace": [
                "BoundingBox": wanted.face.box.json, "Confidence": wanted.face.confidence.percentJSON,
            ],
            "FaceMatches": .array(matches.map { ["Similarity": .number($0.similarity), "Face": $0.face.json] }),
            "UnmatchedFaces": .array(others.map(\.json)),
        ]
    }
}
