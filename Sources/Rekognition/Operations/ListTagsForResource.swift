import Base

extension Operation {
    static let listTagsForResource = Operation(ofSeveral: "ListTagsForResource") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let arn = try members.string("ResourceArn", .resourceARN, required: true)
        try members.violations.throwIfAny()
        let resource = try checked(arn)
        let tags =
            if let collection = FaceCollection.id(in: resource) {
                try await sources.collections.answering { try $0.describe(collection) }.tags
            } else {
                try await sources.control.answering { try await $0.tags(of: resource) }
            }
        return ["Tags": .object(tags.mapValues(JSONValue.string))]
    }
}
