/// A request without its body, free of the HTTP library.
package struct RequestHead: Sendable {
    package enum Peer: Sendable, Equatable {
        /// Whoever may open the socket file; the file's permission is the check.
        case unixSocket
        /// The peer's numeric address.
        case tcp(address: String)
    }

    package var method: String
    /// As it came, percent-encoded, without the query.
    package var path: String
    /// What follows `?`; empty without one.
    package var query: String
    /// In the order in which they came, names in lower case, `host` among them.
    package var headers: [(name: String, value: String)]
    package var peer: Peer
    package var isSecure: Bool

    package init(
        method: String, target: String, headers: [(name: String, value: String)], peer: Peer, isSecure: Bool = false
    ) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? ""
        query = parts.count > 1 ? String(parts[1]) : ""
        self.headers = headers
        self.peer = peer
        self.isSecure = isSecure
    }

    /// The first header of this name (lower case).
    package subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

    /// All headers of this name, trimmed, runs of spaces made one, joined by commas: as SigV4 signs them.
    func canonicalValue(of name: String) -> String {
        headers.filter { $0.name == name }.map { header in
            header.value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
        }.joined(separator: ",")
    }
}

/// An answer, free of the HTTP library.
package struct Answer: Sendable {
    package var status: Int
    package var contentType: String
    package var body: Body
    /// Beyond content type and length.
    package var headers: [(name: String, value: String)] = []
    /// The connection cannot be used again, since the rest of the request was not read.
    package var closesConnection = false

    package enum Body: Sendable {
        case whole([UInt8])
        /// Made one after the other, each when the caller has taken the one before. The task is cancelled when the caller
        /// goes or the program ends.
        case pieces(any AsyncSequence<[UInt8], Never> & Sendable)
    }

    package init(status: Int, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = .whole(body)
    }

    /// The connection ends with it.
    init(status: Int, contentType: String, pieces: any AsyncSequence<[UInt8], Never> & Sendable) {
        self.status = status
        self.contentType = contentType
        body = .pieces(pieces)
        closesConnection = true
    }
}
