import Base

extension Operation {
    static let tagResource = Operation(ofSeveral: "TagResource") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let arn = try members.string("ResourceArn", .resourceARN, required: true)
        let tags = try members.stringMap("Tags", keys: .tagKey, values: .tagValue, count: 0...200, required: true)
        try members.violations.throwIfAny()
        let (resource, added) = (try checked(arn), try checked(tags))
        if let collection = FaceCollection.id(in: resource) {
            try await sources.collections.answering { try await $0.tag(collection, with: added) }
        } else {
            try await sources.control.answering { try await $0.tag(resource, with: added) }
        }
        return [:]
    }
}
