import Base

extension Operation {
    static let listCollections = Operation(ofSeveral: "ListCollections") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let token = try members.string("NextToken", .paginationToken)
        let wanted = try members.integer("MaxResults", in: 0...4096)
        try members.violations.throwIfAny()
        let tokens = PageToken(operation: "ListCollections")
        let rest = try tokens.rest(of: sources.collections.list(), after: token, \.id.text)
        let page = rest.prefix(wanted.flatMap { $0 > 0 ? $0 : nil } ?? 4096)
        var answer: [String: JSONValue] = [
            "CollectionIds": .array(page.map { .string($0.id.text) }),
            "FaceModelVersions": .array(page.map { _ in .string(FaceModel.awsVersion) }),
        ]
        if let last = page.last, page.count < rest.count {
            answer["NextToken"] = .string(tokens.token(after: last.id.text))
        }
        return .object(answer)
    }
}
