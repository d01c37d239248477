import Base

extension Operation {
    static let listFaces = Operation(ofSeveral: "ListFaces") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        let token = try members.string("NextToken", .paginationToken)
        let wanted = try members.integer("MaxResults", in: 0...4096)
        let user = try members.userID(required: false)
        let ids = try members.faceIDs(count: 1...4096, required: false)
        try members.violations.throwIfAny()
        let (id, tokens) = (try checked(name), PageToken(operation: "ListFaces"))
        let after = try token.map { token throws(APIError) in try tokens.name(in: token) }.flatMap(FaceID.init)
        let limit = wanted.flatMap { $0 > 0 ? $0 : nil } ?? 4096
        let page = try await sources.collections.answering {
            try $0.faces(in: id, of: user, among: ids.map(Set.init), after: after, limit: limit)
        }
        var answer: [String: JSONValue] = [
            "Faces": .array(page.faces.map(\.answer)), "FaceModelVersion": .string(FaceModel.awsVersion),
        ]
        if page.hasMore, let last = page.faces.last {
            answer["NextToken"] = .string(tokens.token(after: last.id.text))
        }
        return .object(answer)
    }
}
