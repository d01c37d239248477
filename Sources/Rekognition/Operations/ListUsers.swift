import Base

extension Operation {
    static let listUsers = Operation(ofSeveral: "ListUsers") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        let limit = try members.integer("MaxResults", in: 1...500) ?? 500
        let token = try members.string("NextToken", .paginationToken)
        try members.violations.throwIfAny()
        let (id, tokens) = (try checked(name), PageToken(operation: "ListUsers"))
        let after = try token.map { token throws(APIError) in try tokens.name(in: token) }.flatMap(FaceUserID.init)
        let page = try await sources.collections.answering { try $0.users(in: id, after: after, limit: limit) }
        var answer: [String: JSONValue] = ["Users": .array(page.users.map(\.json))]
        if page.hasMore, let last = page.users.last {
            answer["NextToken"] = .string(tokens.token(after: last.id.text))
        }
        return .object(answer)
    }
}
