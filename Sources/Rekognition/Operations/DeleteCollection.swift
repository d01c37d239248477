import Base

extension Operation {
    static let deleteCollection = Operation(ofSeveral: "DeleteCollection") { request, sources throws(APIError) in
        let members = try Members(request: request)
        let name = try members.collectionID()
        try members.violations.throwIfAny()
        let id = try checked(name)
        try await sources.collections.answering { try await $0.delete(id) }
        return ["StatusCode": 200]
    }
}
