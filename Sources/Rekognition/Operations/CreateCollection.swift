import Base

extension Operation {
    static let createCollection = Operation(ofSeveral: "CreateCollection") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        let tags = try members.stringMap("Tags", keys: .tagKey, values: .tagValue, count: 0...200)
        try members.violations.throwIfAny()
        let id = try checked(name)
        _ = try await sources.collections.answering { try await $0.create(id, tags: tags ?? [:]) }
        return [
            "StatusCode": 200, "CollectionArn": .string(FaceCollection.arn(of: id)),
            "FaceModelVersion": .string(FaceModel.awsVersion),
        ]
    }
}
