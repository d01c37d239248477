import Base
import Rekognition
import Runtime

/// One endpoint: what it answers to, who may ask, and what a request may use up.
struct Route: Sendable {
    enum Access: Sendable {
        case anyone
        /// As `anyone`, and a link on another site's page may lead here.
        case page
        /// As `anyone`, with a body: whoever asks is about to show who they are.
        case signIn
        case withCredentials

        var isOpen: Bool { self != .withCredentials }
    }

    /// What a route's answer is made from.
    struct Call: Sendable {
        var head: RequestHead
        var body: [UInt8]
        /// The text in the place of `<…>`.
        var wildcard: String
        /// The id of the session on the page; nil for whoever comes with a key.
        var session: String?
    }

    typealias Body = @Sendable (Call, RouteSources) async throws(APIError) -> Answer

    let method: String
    /// With at most one `<…>`, which stands for one path segment.
    let path: String
    /// Nil: whatever the head says beyond method and path.
    let kind: (@Sendable (RequestHead) -> Bool)?
    let access: Access
    let limits: RouteLimits
    let answer: Body

    init(
        _ method: String, _ path: String, where kind: (@Sendable (RequestHead) -> Bool)? = nil, _ access: Access,
        _ limits: RouteLimits, _ answer: @escaping Body
    ) {
        self.method = method
        self.path = path
        self.kind = kind
        self.access = access
        self.limits = limits
        self.answer = answer
    }

    /// The segment in the place of `<…>` (empty without one); nil when the path is another's.
    func match(_ path: String) -> String? {
        let wanted = self.path.split(separator: "/"),
            given = path.split(separator: "/", omittingEmptySubsequences: false)
        guard given.first == "", path.utf8.count < 512 else { return nil }
        if wanted.isEmpty { return path == "/" ? "" : nil }
        guard wanted.count == given.count - 1 else { return nil }
        var wildcard = ""
        for (want, have) in zip(wanted, given.dropFirst()) {
            if want.hasPrefix("<") { wildcard = String(have) } else if want != have { return nil }
        }
        return wildcard
    }
}

/// What the routes ask.
struct RouteSources: Sendable {
    var api: RekognitionAPI
    var streams: KinesisAPI
    var health: any HealthSource
    var counters: RequestCounters
    /// Nil where nothing is kept of people.
    var household: Household?
    /// Nil where there are no processors.
    var modes: ModeAPI?
    /// Nil where nobody is told why.
    var why: (any WhySource)?
    /// Nil where nothing is looked at.
    var looks: (any LookSource)?
    var page: PageFiles
    var sessions: PageSessions
    /// What was logged lately.
    var log: LogMemory
    /// Whoever sees live pictures has one place of it until their end, and whoever follows looks one of the others.
    let viewers = Budget(Routes.mostViewers)
    let watchers = Budget(Routes.mostViewers)
    /// Looks that were too fast for those who follow them.
    let missedLooks = MissedLooks()
}

/// The table of endpoints. Each has its file beside this one.
package enum Routes {
    /// Every method and path there is, whether strangers may ask, and what a request may use up.
    package static var table: [(method: String, path: String, isOpen: Bool, limits: RouteLimits)] {
        all.map { ($0.method, $0.path, $0.access.isOpen, $0.limits) }
    }

    /// Live pictures at the same time, and as many who follow looks: each holds a connection, and a picture or a look.
    package static let mostViewers = 4

    /// The first that fits answers.
    static let all: [Route] = [
        Route(
            "POST", "/", where: asksKinesis, .withCredentials,
            RouteLimits(body: KinesisAPI.largestRequest, bodyWithin: .seconds(10), answerWithin: .seconds(20)),
            kinesis),
        Route(
            "POST", "/", where: carriesPicture, .withCredentials,
            RouteLimits(
                body: largestBody(pictures: 1), bodyWithin: .seconds(10), answerWithin: .seconds(20),
                tooLarge: pictureTooLarge), rekognition),
        Route(
            "POST", "/", where: carriesTwoPictures, .withCredentials,
            RouteLimits(
                body: largestBody(pictures: 2), bodyWithin: .seconds(20), answerWithin: .seconds(40),
                tooLarge: pictureTooLarge), rekognition),
        Route(
            "POST", "/", .withCredentials,
            RouteLimits(body: 5 << 20 + 64 << 10, bodyWithin: .seconds(10), answerWithin: .seconds(20)), rekognition),
        Route("GET", "/", .page, .small(answerWithin: .seconds(20)), page),
        Route("GET", "/page/<file>", .page, .small(answerWithin: .seconds(20)), page),
        Route("GET", "/page/views/<file>", .page, .small(answerWithin: .seconds(20)), page),
        Route(
            "POST", "/session", .signIn,
            RouteLimits(body: 4 << 10, bodyWithin: .seconds(10), answerWithin: .seconds(20)), signIn),
        Route("DELETE", "/session", .withCredentials, .small(answerWithin: .seconds(5)), signOut),
        Route("POST", "/session/codes", .withCredentials, .small(answerWithin: .seconds(5)), signInCode),
        Route("GET", "/sessions", .withCredentials, .small(answerWithin: .seconds(5)), sessions),
        Route("DELETE", "/sessions/<id>", .withCredentials, .small(answerWithin: .seconds(5)), endSession),
        Route("GET", "/healthz", .anyone, .small(answerWithin: .seconds(5)), health),
        Route("GET", "/metrics", .withCredentials, .small(answerWithin: .seconds(20)), metrics),
        Route("GET", "/debug", .withCredentials, .small(answerWithin: .seconds(20)), debug),
        Route("GET", "/log", .withCredentials, .small(answerWithin: .seconds(5)), log),
        Route("GET", "/diagnosis", .withCredentials, .small(answerWithin: .seconds(20)), diagnosis),
        Route("GET", "/cameras/<name>/snapshot.jpg", .withCredentials, .small(answerWithin: .seconds(20)), snapshot),
        Route("GET", "/cameras/<name>/before.jpg", .withCredentials, .small(answerWithin: .seconds(20)), before),
        Route(
            "GET", "/cameras/<name>/live.mjpg", .withCredentials,
            .small(answerWithin: .seconds(20), pieceWithin: .seconds(10)), live),
        Route(
            "GET", "/cameras/<name>/looks", .withCredentials,
            .small(answerWithin: .seconds(20), pieceWithin: .seconds(10)), looks),
        Route("GET", "/visits/<id>/image.jpg", .withCredentials, .small(answerWithin: .seconds(20)), visitImage),
        Route("POST", "/visits/<id>/nobody", .withCredentials, .small(answerWithin: .seconds(20)), callNobody),
        Route("GET", "/nobody", .withCredentials, .small(answerWithin: .seconds(20)), nobodyPlaces),
        Route("DELETE", "/nobody/<id>", .withCredentials, .small(answerWithin: .seconds(20)), forgetNobody),
        Route("GET", "/why", .withCredentials, .small(answerWithin: .seconds(20)), why),
        Route("GET", "/why/thresholds", .withCredentials, .small(answerWithin: .seconds(20)), whyThresholds),
        Route("GET", "/faces", .withCredentials, .small(answerWithin: .seconds(20)), faces),
        Route("GET", "/faces/<id>/picture.jpg", .withCredentials, .small(answerWithin: .seconds(20)), facePicture),
        Route(
            "POST", "/faces/check", .withCredentials,
            RouteLimits(
                body: largestBody(pictures: 1), bodyWithin: .seconds(10), answerWithin: .seconds(20),
                tooLarge: pictureTooLarge), checkFaces),
        Route("GET", "/strangers", .withCredentials, .small(answerWithin: .seconds(20)), strangers),
        Route("DELETE", "/strangers/<id>", .withCredentials, .small(answerWithin: .seconds(20)), forgetStranger),
        Route("POST", "/faces/export", .withCredentials, .small(answerWithin: .seconds(20)), exportFaces),
        Route(
            "POST", "/faces/import", .withCredentials,
            RouteLimits(body: 8 << 20, bodyWithin: .seconds(10), answerWithin: .seconds(20)), importFaces),
        Route("GET", "/modes", .withCredentials, .small(answerWithin: .seconds(20)), modes),
        Route(
            "PUT", "/modes/<name>", .withCredentials,
            RouteLimits(body: 1 << 20, bodyWithin: .seconds(10), answerWithin: .seconds(20)), keepMode),
        Route("DELETE", "/modes/<name>", .withCredentials, .small(answerWithin: .seconds(20)), deleteMode),
        Route("POST", "/mode", .withCredentials, .small(answerWithin: .seconds(20)), enterMode),
        Route("POST", "/faces/forget", .withCredentials, .small(answerWithin: .seconds(40)), forgetFaces),
    ]

    /// Nil when no route answers to this method and path.
    static func route(for head: RequestHead) -> (Route, wildcard: String)? {
        for route in all where route.method == head.method && route.kind?(head) ?? true {
            if let wildcard = route.match(head.path) { return (route, wildcard) }
        }
        return nil
    }

    /// What this request may use up, also where no route answers: then credentials are checked all the same.
    package static func limits(for head: RequestHead) -> RouteLimits {
        route(for: head)?.0.limits ?? .small(answerWithin: .seconds(20))
    }

    /// Where whoever looks for something finds it.
    static let directory: String = {
        let paths = all.filter { $0.method == "GET" && !$0.path.hasPrefix("/page/") }.map(\.path)
        return "the API answers to POST /, and GET to \(paths.joined(separator: ", ")) (/ is the page)"
    }()

    /// For a request without a route: the methods that its path does know.
    static func methods(for head: RequestHead) -> [String] {
        var methods: [String] = []
        for route in all where route.match(head.path) != nil && !methods.contains(route.method) {
            methods.append(route.method)
        }
        return methods
    }
}
