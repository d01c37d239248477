import Glibc
import Rekognition
import Runtime

/// Keeps foreign web pages out: a page that a browser on the same network shows may send requests here (CSRF), or give
/// this box a name of its own (DNS rebinding). Browsers tell where a request comes from; other programs need no such check,
/// since nothing but the health route answers without credentials.
struct BrowserCheck: Sendable {
    /// Names under which this box may be called by browsers, besides numeric addresses.
    let ownNames: Set<String>

    init(hostname: String = HostName.system ?? "localhost") {
        let name = hostname.lowercased()
        ownNames = ["localhost", name, "\(name).local"]
    }

    /// - Throws: `AccessDeniedException` for a request from another site's page.
    func check(_ head: RequestHead) throws(APIError) {
        // No page can reach a unix socket, and callers there need not name a host.
        if head.peer == .unixSocket { return }
        guard head.headers.filter({ $0.name == "host" }).count <= 1 else {
            throw APIError(.accessDenied, "The request must not have two Host headers.")
        }
        let origin = head["origin"]
        let site = head["sec-fetch-site"]
        guard origin != nil || site != nil else { return }
        let host = head["host"] ?? ""
        guard isOwn(host) else {
            throw APIError(.accessDenied, "Host '\(host.prefix(100))' is not a name of this box.")
        }
        let isSameOrigin = origin.map { $0 == "\(head.isSecure ? "https" : "http")://\(host)" } ?? true
        guard isSameOrigin, site.map({ $0 == "same-origin" || $0 == "none" }) ?? true else {
            throw APIError(.accessDenied, "Requests from pages of other sites are refused.")
        }
    }

    private func isOwn(_ host: String) -> Bool {
        let lowered = host.lowercased()
        // A numeric IPv6 address stands in brackets (RFC 3986, 3.2.2); no domain name can.
        if lowered.hasPrefix("[") { return true }
        let name = String(lowered.split(separator: ":", omittingEmptySubsequences: false).first ?? "")
        if ownNames.contains(name) { return true }
        var address = in_addr()
        return unsafe inet_pton(AF_INET, name, &address) == 1
    }
}
