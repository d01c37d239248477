import Base
import Runtime

extension Operation {
    static let listStreamProcessors = Operation("ListStreamProcessors") { request, control throws(APIError) in
        let members = try Members(request: request)
        let token = try members.string("NextToken", .paginationToken)
        let wanted = try members.integer("MaxResults", in: 1...Int.max)
        try members.violations.throwIfAny()
        let after = try token.map(PageToken.name(in:))
        let rest = await control.list().drop { processor in after.map { processor.definition.name.text <= $0 } ?? false
        }
        let page = rest.prefix(min(wanted ?? PageToken.longestPage, PageToken.longestPage))
        var answer: [String: JSONValue] = [
            "StreamProcessors": .array(
                page.map { ["Name": .string($0.definition.name.text), "Status": .string($0.status.rawValue)] })
        ]
        if let last = page.last, page.count < rest.count {
            answer["NextToken"] = .string(PageToken.token(after: last.definition.name.text))
        }
        return .object(answer)
    }
}

/// Where the next page begins: after a name, so that it holds when processors come and go between two pages.
/// The digest tells a token of ours from a typing error; nothing secret is in it.
enum PageToken {
    /// AWS's default and largest page.
    static let longestPage = 1000

    static func token(after name: String) -> String { "\(digest(name)).\(name)" }

    /// - Throws: `InvalidPaginationTokenException`
    static func name(in token: String) throws(APIError) -> String {
        let parts = token.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == digest(String(parts[1])) else {
            throw APIError(.invalidPaginationToken, "NextToken is not one that ListStreamProcessors has returned.")
        }
        return String(parts[1])
    }

    private static func digest(_ name: String) -> String {
        let hash = FNV1a.hash("ListStreamProcessors:\(name)".utf8)
        return Hex.text((0..<4).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) })
    }
}
