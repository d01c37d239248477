import Base

extension Operation {
    static let disassociateFaces = Operation(ofSeveral: "DisassociateFaces") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let (name, wanted) = (try members.collectionID(), try members.userID(required: true))
        let ids = try members.faceIDs(count: 1...100, required: true)
        let token = try members.requestToken()
        try members.violations.throwIfAny()
        let (id, user, faces) = (try checked(name), try checked(wanted), try checked(ids))
        return try await sources.tokens.once("DisassociateFaces", token, request) { () throws(APIError) in
            let outcome = try await sources.collections.answering {
                try await $0.disassociate(faces, from: user, in: id)
            }
            return [
                "DisassociatedFaces": .array(outcome.done.map { ["FaceId": .string($0.text)] }),
                "UnsuccessfulFaceDisassociations": .array(outcome.refused.map(\.json)),
                "UserStatus": FaceUser.status(hasFaces: outcome.userHasFaces),
            ]
        }
    }
}
