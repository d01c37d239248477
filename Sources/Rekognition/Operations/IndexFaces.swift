import Base

extension Operation {
    static let indexFaces = Operation(ofSeveral: "IndexFaces", pictures: 1) { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        let image = try PictureMember("Image", of: members)
        let externalID = try members.string("ExternalImageId", .externalImageID).flatMap(ExternalImageID.init)
        let most = try members.integer("MaxFaces", in: 1...Int(Int32.max)) ?? Face.mostInPicture
        let filter = try members.word("QualityFilter", FaceFilter.self) ?? .auto
        try members.checkAttributes("DetectionAttributes")
        let (id, picture) = (try checked(name), try image.bytes())
        // Nobody waits for the networks to hear that there is no such collection.
        _ = try await sources.collections.answering { try $0.describe(id) }
        let faces = try await sources.faces.answering(picture, wantsVectors: true)
        let model = try await sources.faces.answeringModel()
        let wanted = FaceIndexing(faces: faces, externalImageID: externalID, filter: filter, mostFaces: most)
        let outcome = try await sources.collections.answering { try await $0.index(wanted, into: id, from: model) }
        return [
            "FaceRecords": .array(outcome.indexed.map { ["Face": $0.face.answer, "FaceDetail": $0.seen.json] }),
            "UnindexedFaces": .array(
                outcome.refused.map { face, reasons in
                    ["FaceDetail": face.json, "Reasons": .array(reasons.map { .string($0.rawValue) })]
                }),
            "FaceModelVersion": .string(FaceModel.awsVersion),
        ]
    }
}
