import Base

extension Operation {
    /// AWS's default and largest page.
    private static let longestPage = 1000

    static let listStreamProcessors = Operation("ListStreamProcessors") { request, control throws(APIError) in
        let members = try Members(request: request)
        let token = try members.string("NextToken", .paginationToken)
        let wanted = try members.integer("MaxResults", in: 1...Int.max)
        try members.violations.throwIfAny()
        let tokens = PageToken(operation: "ListStreamProcessors")
        let rest = try tokens.rest(of: await control.list(), after: token, \.definition.name.text)
        let page = rest.prefix(min(wanted ?? longestPage, longestPage))
        var answer: [String: JSONValue] = [
            "StreamProcessors": .array(
                page.map { ["Name": .string($0.definition.name.text), "Status": .string($0.status.rawValue)] })
        ]
        if let last = page.last, page.count < rest.count {
            answer["NextToken"] = .string(tokens.token(after: last.definition.name.text))
        }
        return .object(answer)
    }
}
