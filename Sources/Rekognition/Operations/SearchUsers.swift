import Base

extension Operation {
    static let searchUsers = Operation(ofSeveral: "SearchUsers") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        let (user, face) = (try members.userID(required: false), try members.faceID(required: false))
        let threshold = try members.double("UserMatchThreshold", in: Members.percent) ?? Members.usualThreshold
        let most = try members.integer("MaxUsers", in: 1...500) ?? 500
        try members.violations.throwIfAny()
        let id = try checked(name)
        let probe: FaceUserProbe
        var answer: [String: JSONValue] = ["FaceModelVersion": .string(FaceModel.awsVersion)]
        switch (user, face) {
        case (let user?, nil):
            probe = .user(user)
            answer["SearchedUser"] = ["UserId": .string(user.text)]
        case (nil, let face?):
            probe = .face(face)
            answer["SearchedFace"] = ["FaceId": .string(face.text)]
        case (nil, nil), (_?, _?):
            throw APIError(.invalidParameter, "Exactly one of UserId and FaceId must be given.")
        }
        let matches = try await sources.collections.answering {
            try $0.userMatches(of: probe, in: id, atLeast: threshold, limit: most)
        }
        answer["UserMatches"] = .array(matches.map(\.json))
        return .object(answer)
    }
}
