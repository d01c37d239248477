import Base

extension Operation {
    /// AWS's own default for faces of one person.
    private static let usualUserThreshold = 75.0

    static let associateFaces = Operation(ofSeveral: "AssociateFaces") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let (name, wanted) = (try members.collectionID(), try members.userID(required: true))
        let ids = try members.faceIDs(count: 1...100, required: true)
        let threshold = try members.double("UserMatchThreshold", in: Members.percent) ?? usualUserThreshold
        let token = try members.requestToken()
        try members.violations.throwIfAny()
        let (id, user, faces) = (try checked(name), try checked(wanted), try checked(ids))
        return try await sources.tokens.once("AssociateFaces", token, request) { () throws(APIError) in
            let outcome = try await sources.collections.answering {
                try await $0.associate(faces, to: user, in: id, atLeast: threshold)
            }
            return [
                "AssociatedFaces": .array(outcome.done.map { ["FaceId": .string($0.text)] }),
                "UnsuccessfulFaceAssociations": .array(outcome.refused.map(\.json)),
                "UserStatus": FaceUser.status(hasFaces: outcome.userHasFaces),
            ]
        }
    }
}

extension FaceAssociation.Refused {
    /// `UnsuccessfulFaceAssociation` and `UnsuccessfulFaceDisassociation`
    var json: JSONValue {
        var members: [String: JSONValue] = ["FaceId": .string(face.text), "Reasons": [.string(reason.rawValue)]]
        members["UserId"] = user.map { .string($0.text) }
        members["Confidence"] = similarity.map(JSONValue.number)
        return .object(members)
    }
}
