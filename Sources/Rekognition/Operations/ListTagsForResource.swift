import Base

extension Operation {
    static let listTagsForResource = Operation("ListTagsForResource") { request, control throws(APIError) in
        let members = try Members(request: request)
        let arn = try members.string("ResourceArn", .resourceARN, required: true)
        try members.violations.throwIfAny()
        let resource = try checked(arn)
        let tags = try await control.answering { try await $0.tags(of: resource) }
        return ["Tags": .object(tags.mapValues(JSONValue.string))]
    }
}
