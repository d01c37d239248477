import Base

extension Operation {
    static let createUser = Operation(ofSeveral: "CreateUser") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let (name, wanted) = (try members.collectionID(), try members.userID(required: true))
        let token = try members.requestToken()
        try members.violations.throwIfAny()
        let (id, user) = (try checked(name), try checked(wanted))
        return try await sources.tokens.once("CreateUser", token, request) { () throws(APIError) in
            try await sources.collections.answering { try await $0.createUser(user, in: id) }
            return [:]
        }
    }
}
