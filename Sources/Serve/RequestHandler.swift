package import Base
package import Logging
package import Rekognition
package import Runtime

/// The way of one request, the same for every listener: is it from a foreign page, who asks, what do they say, which route
/// answers. Everything but the routes marked `.anyone` needs credentials, paths that do not exist included.
package struct RequestHandler: Sendable {
    /// Why a body did not arrive.
    package enum BodyFailure: Error, Sendable { case tooLarge, tooSlow, broken, noRoom }

    private let authorization: Authorization
    private let sources: RouteSources
    private let browsers: BrowserCheck
    private let failedTries = FailedTries()
    private let logger: Logger

    package init(
        api: RekognitionAPI, streams: KinesisAPI, health: any HealthSource, keys: KeyRing,
        household: Household? = nil, modes: ModeAPI? = nil, why: (any WhySource)? = nil,
        looks: (any LookSource)? = nil, page: PageFiles = PageFiles(),
        sessionLimits: PageSessions.Limits = PageSessions.Limits(), log: LogMemory = LogMemory(), logger: Logger
    ) {
        let (browsers, sessions) = (BrowserCheck(), PageSessions(keys: keys, limits: sessionLimits))
        self.browsers = browsers
        authorization = Authorization(keys: keys, sessions: sessions, browsers: browsers)
        sources = RouteSources(
            api: api, streams: streams, health: health, counters: RequestCounters(), household: household, modes: modes,
            why: why, looks: looks, page: page, sessions: sessions, log: log)
        self.logger = logger
    }

    /// Never throws: what goes wrong is an answer too.
    /// - Parameter body: reads the body, at most as many bytes as `Routes.limits(for: head)` says.
    package func answer(
        _ head: RequestHead, body: () async throws(BodyFailure) -> [UInt8]
    ) async -> Answer {
        var answer: Answer
        do throws(APIError) {
            answer = try await admitted(head, body)
        } catch {
            if error.isStranger { await slowDown(head) }
            answer = Self.refusal(error)
        }
        answer.headers.append(("x-amzn-RequestId", newID()))
        // No other site's page shows what is answered here.
        answer.headers.append(("Cross-Origin-Resource-Policy", "same-origin"))
        sources.counters.count(status: answer.status)
        return answer
    }

    private func admitted(
        _ head: RequestHead, _ body: () async throws(BodyFailure) -> [UInt8]
    ) async throws(APIError) -> Answer {
        let found = Routes.route(for: head)
        try browsers.check(head, mayComeByLink: found?.0.access == .page)
        if let (route, wildcard) = found, route.access.isOpen {
            let bytes = route.access == .signIn ? try await read(body, head) : []
            return try await route.answer(Route.Call(head: head, body: bytes, wildcard: wildcard), sources)
        }
        let claim = try authorization.claim(of: head, now: .now())
        let bytes = try await read(body, head)
        try claim.check(head, body: bytes)
        guard let (route, wildcard) = found else { throw Self.noRoute(head) }
        return try await route.answer(
            Route.Call(head: head, body: bytes, wildcard: wildcard, session: claim.session), sources)
    }

    private func read(_ body: () async throws(BodyFailure) -> [UInt8], _ head: RequestHead) async throws(APIError)
        -> [UInt8]
    {
        do throws(BodyFailure) { return try await body() } catch {
            switch error {
            case .tooLarge: throw Routes.limits(for: head).tooLarge
            case .tooSlow: throw APIError(.requestTimeout, "The body did not arrive in time.")
            case .noRoom: throw APIError(.serviceUnavailable, "Too many large requests at once; try again.")
            case .broken: throw APIError(.serialization, "The body did not arrive whole.")
            }
        }
    }

    /// Wrong credentials are answered late, right ones never.
    private func slowDown(_ head: RequestHead) async {
        guard case .tcp(let address) = head.peer else { return }
        sources.counters.countStranger()
        let pause = failedTries.pause(for: address, at: .now())
        logger.info("caller refused", metadata: ["peer": "\(address)"])
        // Cancelled = the listener ends: then there is nobody to wait for.
        try? await Task.sleep(for: pause)
    }

    private static func noRoute(_ head: RequestHead) -> APIError {
        let methods = Routes.methods(for: head)
        if methods.isEmpty || head.path == "/" {
            return APIError(
                .noSuchRoute,
                "Nothing is served at \(head.method) \(head.path.prefix(100)); \(Routes.directory).")
        }
        return APIError(
            .methodNotAllowed, "\(head.path.prefix(100)) answers to \(methods.joined(separator: ", ")) only.")
    }

    private static func refusal(_ error: APIError) -> Answer {
        var answer = Answer(status: error.kind.status, contentType: Routes.contentType, body: error.json.jsonBytes)
        if error.kind == .missingAuthenticationToken {
            answer.headers.append(("WWW-Authenticate", "Bearer realm=\"porchlight\""))
        }
        // The rest of the body may still be on its way; nobody will read it.
        let isBodyUnread =
            error.isStranger
            || [.imageTooLarge, .requestTooLarge, .requestTimeout, .serviceUnavailable, .serialization].contains(
                error.kind)
        answer.closesConnection = isBodyUnread || error.kind == .accessDenied
        return answer
    }
}

extension APIError {
    /// Whoever gets this has not shown who they are.
    fileprivate var isStranger: Bool {
        switch kind {
        case .missingAuthenticationToken, .incompleteSignature, .invalidSignature, .unrecognizedClient: true
        default: false
        }
    }
}
