import Base

/// Path and query as SigV4 signs them.
enum CanonicalURI {
    /// Dot segments removed (RFC 3986, 5.2.4), repeated slashes joined, each segment encoded once more than it came.
    static func path(_ path: String) -> String {
        var kept: [Substring] = []
        let segments = path.split(separator: "/")
        for segment in segments where segment != "." {
            if segment == ".." { _ = kept.popLast() } else { kept.append(segment) }
        }
        let endsInSlash = path.hasSuffix("/") || segments.last == "." || segments.last == ".."
        let joined = kept.map { PercentEncoding.encoded($0.utf8) }.joined(separator: "/")
        return joined.isEmpty ? "/" : "/\(joined)\(endsInSlash ? "/" : "")"
    }

    /// Sorted by name, then value; each decoded and encoded anew.
    static func query(_ query: String) -> String {
        let pairs = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            func anew(_ text: Substring) -> String { PercentEncoding.encoded(PercentEncoding.decoded(text)) }
            return (anew(parts[0]), parts.count > 1 ? anew(parts[1]) : "")
        }
        return pairs.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
    }
}
