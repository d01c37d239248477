package import Base
package import Rekognition

/// Who may call: over TCP whoever proves to hold the local key or the token, or has signed in on the page; over the unix
/// socket whoever may open it.
package struct Authorization: Sendable {
    private let keys: KeyRing
    private let sessions: PageSessions
    private let browsers: BrowserCheck

    init(keys: KeyRing, sessions: PageSessions, browsers: BrowserCheck) {
        self.keys = keys
        self.sessions = sessions
        self.browsers = browsers
    }

    /// What a request's head proves. A signature covers the body too, so it can be judged only when that has arrived.
    package enum Claim: Sendable {
        case granted
        /// By the page's cookie, with the session's id.
        case signedIn(String)
        case signed(Signature, secret: String)

        /// Of whoever has signed in on the page.
        var session: String? { if case .signedIn(let id) = self { id } else { nil } }

        /// - Throws: `InvalidSignatureException`
        package func check(_ head: RequestHead, body: [UInt8]) throws(APIError) {
            if case .signed(let signature, let secret) = self { try signature.check(head, body: body, secret: secret) }
        }
    }

    /// Refuses early whatever can never become a valid request, so that strangers cannot make the box hold their bodies.
    package func claim(of head: RequestHead, now: WallTime) throws(APIError) -> Claim {
        if head.peer == .unixSocket { return .granted }
        guard let header = head["authorization"] else {
            if let secret = SessionCookie.secret(in: head) {
                try browsers.checkSignedIn(head)
                return .signedIn(try sessions.session(of: secret, at: .now()))
            }
            throw APIError(
                .missingAuthenticationToken,
                "Request is missing Authentication Token: sign it (SigV4) or send 'Authorization: Bearer <token>'; "
                    + "'porchlight credentials' prints both.")
        }
        guard let credentials = keys.current() else {
            throw APIError(.internalServerError, "The local key cannot be read; see the log of porchlight.")
        }
        if header.prefix(7).lowercased() == "bearer " {
            guard try Self.isSame(String(header.dropFirst(7).trimmingSpaces()), credentials.bearerToken) else {
                throw APIError(
                    .unrecognizedClient, "The bearer token is not valid; 'porchlight credentials' prints the right one."
                )
            }
            return .granted
        }
        let signature = try Signature(authorization: header, service: Signature.service(of: head))
        guard signature.accessKeyID == credentials.accessKeyID else {
            throw APIError(
                .unrecognizedClient,
                "The security token included in the request is invalid: this box has another access key; "
                    + "'porchlight credentials' prints it.")
        }
        try signature.checkHead(of: head, now: now)
        return .signed(signature, secret: credentials.secretAccessKey)
    }

    /// In constant time: digests are compared, whose length says nothing.
    private static func isSame(_ a: String, _ b: String) throws(APIError) -> Bool {
        do throws(OpenSSLError) {
            return Digest.isSame(try Digest.sha256(Array(a.utf8)), try Digest.sha256(Array(b.utf8)))
        } catch { throw APIError(error) }
    }
}
