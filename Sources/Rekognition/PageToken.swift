import Base
import Runtime

/// Where the next page begins: after a name, so that it holds when things come and go between two pages.
/// The digest tells a token of ours from a typing error; nothing secret is in it.
struct PageToken {
    /// Tokens of one operation are of no use for another.
    let operation: String

    /// So much of a name fits into AWS's 255 characters; two names that are alike so far are told on one page or not at all.
    private static let longestName = 246

    /// The names behind the one in `token`; all without a token.
    /// - Throws: `InvalidPaginationTokenException`
    func rest<Item>(of items: [Item], after token: String?, _ name: (Item) -> String) throws(APIError) -> [Item] {
        guard let token else { return items }
        let last = try self.name(in: token)
        return items.filter { String(name($0).prefix(Self.longestName)) > last }
    }

    func token(after name: String) -> String {
        let name = String(name.prefix(Self.longestName))
        return "\(digest(name)).\(name)"
    }

    /// - Throws: `InvalidPaginationTokenException`
    func name(in token: String) throws(APIError) -> String {
        let parts = token.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == digest(String(parts[1])) else {
            throw APIError(.invalidPaginationToken, "NextToken is not one that \(operation) has returned.")
        }
        return String(parts[1])
    }

    private func digest(_ name: String) -> String {
        let hash = FNV1a.hash("\(operation):\(name)".utf8)
        return Hex.text((0..<4).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) })
    }
}
