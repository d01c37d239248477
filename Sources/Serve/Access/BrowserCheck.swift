import Glibc
import Rekognition
import Runtime

/// Keeps foreign web pages out: a page that a browser on the same network shows may send requests here (CSRF), or give
/// this box a name of its own (DNS rebinding). Browsers tell where a request comes from; other programs need no such check,
/// since nothing but the health route and the empty page answers without credentials.
struct BrowserCheck: Sendable {
    /// Names under which this box may be called by browsers, besides numeric addresses.
    let ownNames: Set<String>

    init(hostname: String = HostName.system ?? "localhost") {
        let name = hostname.lowercased()
        // A network's own domain may stand behind it.
        let label = name.split(separator: ".").first.map(String.init) ?? name
        ownNames = ["localhost", name, "\(name).local", label, "\(label).local"]
    }

    /// - Parameter mayComeByLink: a person may be led here by a link on another site's page.
    /// - Throws: `AccessDeniedException` for a request from another site's page.
    func check(_ head: RequestHead, mayComeByLink: Bool = false) throws(APIError) {
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
        if mayComeByLink, origin == nil, head["sec-fetch-mode"] == "navigate", head["sec-fetch-dest"] == "document" {
            return
        }
        let isSameOrigin = origin.map { $0 == "\(head.isSecure ? "https" : "http")://\(host)" } ?? true
        guard isSameOrigin, site.map({ $0 == "same-origin" || $0 == "none" }) ?? true else {
            throw APIError(.accessDenied, "Requests from pages of other sites are refused.")
        }
    }

    /// What goes beyond `check` for a request that a cookie speaks for, since browsers send it unasked: the name must be one
    /// of this box, and whatever changes something must say that it comes from this box's own page.
    /// - Throws: `AccessDeniedException`
    func checkSignedIn(_ head: RequestHead) throws(APIError) {
        guard isOwn(head["host"] ?? "") else {
            throw APIError(.accessDenied, "Host '\((head["host"] ?? "").prefix(100))' is not a name of this box.")
        }
        // `check` has compared both with the box's own.
        guard head.method == "GET" || head["origin"] != nil || head["sec-fetch-site"] == "same-origin" else {
            throw APIError(.accessDenied, "The request does not say that it comes from the page of this box.")
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
