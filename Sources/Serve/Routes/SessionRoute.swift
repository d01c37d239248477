import Base
import Rekognition

extension Routes {
    /// `POST /session` with `{"token": …}` or `{"code": …}`: signs in, answers with a cookie.
    @Sendable static func signIn(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let from = if case .tcp(let address) = call.head.peer { address } else { "this box" }
        let (browser, now) = (call.head["user-agent"] ?? "", MonotonicTime.now())
        let request = try object(in: call)
        let begun: PageSessions.Begun
        if let token = request["token"]?.string {
            begun = try sources.sessions.begin(token: token, from: from, browser: browser, at: now)
        } else if let code = request["code"]?.string {
            begun = try sources.sessions.begin(code: code, from: from, browser: browser, at: now)
        } else {
            throw APIError(.invalidParameter, "Say \"token\" or \"code\".")
        }
        var answer = json(["id": .string(begun.id)])
        let seconds = Int64(sources.sessions.limits.whole.inSeconds)
        answer.headers.append(SessionCookie.header(begun.secret, for: seconds, isSecure: call.head.isSecure))
        return answer
    }

    /// `DELETE /session`: signs out.
    @Sendable static func signOut(_ call: Route.Call, _ sources: RouteSources) async -> Answer {
        let wasSignedIn = call.session.map(sources.sessions.end) ?? false
        var answer = json(["ended": .bool(wasSignedIn)])
        answer.headers.append(SessionCookie.header(nil, for: 0, isSecure: call.head.isSecure))
        return answer
    }

    /// `GET /sessions`: who is signed in.
    @Sendable static func sessions(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        json(["sessions": try sources.sessions.list(current: call.session, at: .now())])
    }

    /// `DELETE /sessions/<id>`: signs somebody out.
    @Sendable static func endSession(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        guard sources.sessions.end(call.wildcard) else {
            throw APIError(.resourceNotFound, "There is no session '\(call.wildcard.prefix(64))'.")
        }
        return json(["ended": true])
    }

    /// `POST /session/codes`: a code that lets somebody sign in once, for `porchlight console`.
    @Sendable static func signInCode(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        json([
            "code": .string(try sources.sessions.makeCode(at: .now())),
            "validSeconds": .integer(Int64(SignInCodes.lifetime.inSeconds)),
        ])
    }

    /// Not kept by anybody on the way.
    static func json(_ value: JSONValue) -> Answer {
        var answer = Answer(status: 200, contentType: "application/json", body: value.jsonBytes)
        answer.headers = [("Cache-Control", "no-store")]
        return answer
    }

    /// - Throws: `SerializationException` for a body that is no JSON object.
    static func object(in call: Route.Call) throws(APIError) -> JSONValue {
        guard let request = try? JSONParser.parse(call.body), request.object != nil else {
            throw APIError(.serialization, "The body is no JSON object.")
        }
        return request
    }
}
