package import Base
package import Rekognition
import Runtime
import Synchronization

/// Who has signed in on the page. A session is known by a secret of 256 bits in a cookie, of which only the digest is kept,
/// in memory: a restart signs everybody out, and so does another token.
package final class PageSessions: Sendable {
    package struct Limits: Sendable {
        /// When there are more, the one that was used longest ago ends.
        package var sessions = 16
        /// A session that nobody uses ends.
        package var idle = Duration.seconds(7 * 86_400)
        /// Every session ends.
        package var whole = Duration.seconds(30 * 86_400)

        package init() {}
    }

    /// A session that has begun.
    package struct Begun: Sendable {
        package let id: String
        /// For the cookie alone.
        package let secret: String
    }

    private struct Session: Sendable {
        let id: String
        let digest: [UInt8]
        /// Of the token that was in force: with another one the session is over.
        let key: [UInt8]
        let from: String
        let browser: String
        let begunAt: MonotonicTime
        var usedAt: MonotonicTime
    }

    private struct State: Sendable {
        var sessions: [Session] = []
        var codes = SignInCodes()
    }

    let limits: Limits
    private let keys: KeyRing
    private let state = Mutex(State())

    package init(keys: KeyRing, limits: Limits = Limits()) {
        self.keys = keys
        self.limits = limits
    }

    // MARK: Signing in

    /// A code for one sign-in within `SignInCodes.lifetime`.
    package func makeCode(at now: MonotonicTime) throws(APIError) -> String {
        let code = Self.randomSecret()
        let digest = try Self.digest(of: code)
        state.withLock { $0.codes.add(digest, at: now) }
        return code
    }

    /// - Parameters:
    ///   - from: the address of whoever signs in.
    ///   - browser: what it calls itself; cut at 160 characters.
    /// - Throws: `UnrecognizedClientException` for a wrong token.
    package func begin(
        token: String, from: String, browser: String, at now: MonotonicTime
    ) throws(APIError) -> Begun {
        let key = try currentKey()
        guard Digest.isSame(try Self.digest(of: token), key) else {
            throw APIError(
                .unrecognizedClient, "The token is not valid; 'porchlight credentials' prints the right one.")
        }
        return try begin(key, from, browser, now)
    }

    /// - Throws: `UnrecognizedClientException` for a code that was used, is too old, or never was.
    package func begin(code: String, from: String, browser: String, at now: MonotonicTime) throws(APIError) -> Begun {
        let (key, digest) = (try currentKey(), try Self.digest(of: code))
        guard state.withLock({ $0.codes.take(digest, at: now) }) else {
            throw APIError(
                .unrecognizedClient,
                "This link was used already or is older than ten minutes; 'porchlight console' prints another one.")
        }
        return try begin(key, from, browser, now)
    }

    private func begin(
        _ key: [UInt8], _ from: String, _ browser: String, _ now: MonotonicTime
    ) throws(APIError) -> Begun {
        let begun = Begun(id: newID(), secret: Self.randomSecret())
        let session = Session(
            id: begun.id, digest: try Self.digest(of: begun.secret), key: key, from: from,
            browser: String(browser.prefix(160)), begunAt: now, usedAt: now)
        state.withLock { state in
            drop(&state, key, now)
            if state.sessions.count >= limits.sessions,
                let oldest = state.sessions.indices.min(by: { state.sessions[$0].usedAt < state.sessions[$1].usedAt })
            {
                state.sessions.remove(at: oldest)
            }
            state.sessions.append(session)
        }
        return begun
    }

    // MARK: Signed in

    /// - Parameter secret: of a cookie.
    /// - Returns: the session's id.
    /// - Throws: `MissingAuthenticationTokenException` when it is over or never was.
    package func session(of secret: String, at now: MonotonicTime) throws(APIError) -> String {
        let (key, digest) = (try currentKey(), try Self.digest(of: secret))
        let id = state.withLock { state -> String? in
            drop(&state, key, now)
            guard let index = state.sessions.firstIndex(where: { Digest.isSame($0.digest, digest) }) else { return nil }
            state.sessions[index].usedAt = now
            return state.sessions[index].id
        }
        guard let id else {
            throw APIError(.missingAuthenticationToken, "You are signed out. Sign in again.")
        }
        return id
    }

    /// Whether that session goes on. Asking is no use of it.
    func isOpen(_ id: String, at now: MonotonicTime) -> Bool {
        guard let key = try? currentKey() else { return false }
        return state.withLock { state in
            drop(&state, key, now)
            return state.sessions.contains { $0.id == id }
        }
    }

    /// All, the one that was used last first.
    /// - Parameter current: of whoever asks.
    func list(current: String?, at now: MonotonicTime) throws(APIError) -> JSONValue {
        let key = try currentKey()
        let sessions = state.withLock { state in
            drop(&state, key, now)
            return state.sessions
        }
        return .array(
            sessions.sorted { $0.usedAt > $1.usedAt }.map { session in
                [
                    "id": .string(session.id), "from": .string(session.from), "browser": .string(session.browser),
                    "since": .string(WallTime(of: session.begunAt).rfc3339),
                    "lastUsed": .string(WallTime(of: session.usedAt).rfc3339),
                    "current": .bool(session.id == current),
                ]
            })
    }

    /// - Returns: whether there was one.
    func end(_ id: String) -> Bool {
        state.withLock { state in
            guard let index = state.sessions.firstIndex(where: { $0.id == id }) else { return false }
            state.sessions.remove(at: index)
            return true
        }
    }

    private func drop(_ state: inout State, _ key: [UInt8], _ now: MonotonicTime) {
        state.sessions.removeAll { session in
            session.key != key || now - session.usedAt >= limits.idle || now - session.begunAt >= limits.whole
        }
    }

    private func currentKey() throws(APIError) -> [UInt8] {
        guard let credentials = keys.current() else {
            throw APIError(.internalServerError, "The local key cannot be read; see the log of porchlight.")
        }
        return try Self.digest(of: credentials.bearerToken)
    }

    private static func digest(of text: String) throws(APIError) -> [UInt8] {
        do throws(OpenSSLError) { return try Digest.sha256(Array(text.utf8)) } catch { throw APIError(error) }
    }

    /// 256 bits from the system's randomness, as 64 hexadecimal digits.
    private static func randomSecret() -> String {
        var source = SystemRandomNumberGenerator()
        return Hex.text((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &source) })
    }
}
