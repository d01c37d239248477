import Base

extension Operation {
    static let tagResource = Operation("TagResource") { request, control throws(APIError) in
        let members = try Members(request: request)
        let arn = try members.string("ResourceArn", .resourceARN, required: true)
        let tags = try members.stringMap("Tags", keys: .tagKey, values: .tagValue, count: 0...200, required: true)
        try members.violations.throwIfAny()
        let (resource, added) = (try checked(arn), try checked(tags))
        try await control.answering { try await $0.tag(resource, with: added) }
        return [:]
    }
}
