import Base

extension Operation {
    static let untagResource = Operation(ofSeveral: "UntagResource") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let arn = try members.string("ResourceArn", .resourceARN, required: true)
        let keys = try members.strings("TagKeys", .tagKey, count: 0...200, required: true)
        try members.violations.throwIfAny()
        let (resource, removed) = (try checked(arn), try checked(keys))
        if let collection = FaceCollection.id(in: resource) {
            try await sources.collections.answering { try await $0.untag(collection, keys: removed) }
        } else {
            try await sources.control.answering { try await $0.untag(resource, keys: removed) }
        }
        return [:]
    }
}
