/// The cookie that a browser is known by (RFC 6265). No script can read it, and no other site's page can have it sent.
enum SessionCookie {
    static let name = "porchlight-session"

    /// What the request's cookies say; nil when there is none of ours.
    static func secret(in head: RequestHead) -> String? {
        for (name, value) in head.headers where name == "cookie" {
            for pair in value.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, parts[0].trimmingSpaces() == Self.name { return String(parts[1].trimmingSpaces()) }
            }
        }
        return nil
    }

    /// - Parameter secret: nil takes the cookie away.
    static func header(_ secret: String?, for seconds: Int64, isSecure: Bool) -> (name: String, value: String) {
        let value = secret ?? ""
        let age = secret == nil ? 0 : seconds
        let secure = isSecure ? "; Secure" : ""
        return ("Set-Cookie", "\(name)=\(value); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict\(secure)")
    }
}
