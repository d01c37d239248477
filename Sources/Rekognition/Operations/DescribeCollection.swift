import Base

extension Operation {
    static let describeCollection = Operation(ofSeveral: "DescribeCollection") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        try members.violations.throwIfAny()
        let id = try checked(name)
        let collection = try await sources.collections.answering { try $0.describe(id) }
        return [
            "FaceCount": .integer(Int64(collection.faceCount)), "UserCount": .integer(Int64(collection.userCount)),
            "FaceModelVersion": .string(FaceModel.awsVersion), "CollectionARN": .string(FaceCollection.arn(of: id)),
            "CreationTimestamp": collection.createdAt.epochSeconds,
        ]
    }
}
