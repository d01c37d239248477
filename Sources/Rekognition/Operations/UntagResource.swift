import Base

extension Operation {
    static let untagResource = Operation("UntagResource") { request, control throws(APIError) in
        let members = try Members(request: request)
        let arn = try members.string("ResourceArn", .resourceARN, required: true)
        let keys = try members.strings("TagKeys", .tagKey, count: 0...200, required: true)
        try members.violations.throwIfAny()
        let (resource, removed) = (try checked(arn), try checked(keys))
        try await control.answering { try await $0.untag(resource, keys: removed) }
        return [:]
    }
}
