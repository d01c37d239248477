import Base
import Rekognition

/// One endpoint: what it answers to, and whether strangers may ask.
struct Route: Sendable {
    enum Access: Sendable {
        case anyone
        case withCredentials
    }

    /// What a route's answer is made from.
    struct Call: Sendable {
        var head: RequestHead
        var body: [UInt8]
        /// The text in the place of `*`.
        var wildcard: String
    }

    typealias Body = @Sendable (Call, RouteSources) async throws(APIError) -> Answer

    let method: String
    /// With at most one `*`, which stands for one path segment.
    let path: String
    let access: Access
    let answer: Body

    init(_ method: String, _ path: String, _ access: Access, _ answer: @escaping Body) {
        self.method = method
        self.path = path
        self.access = access
        self.answer = answer
    }

    /// The segment in the place of `*` (empty without one); nil when the path is another's.
    func match(_ path: String) -> String? {
        let wanted = self.path.split(separator: "/"),
            given = path.split(separator: "/", omittingEmptySubsequences: false)
        guard given.first == "", path.utf8.count < 512 else { return nil }
        if wanted.isEmpty { return path == "/" ? "" : nil }
        guard wanted.count == given.count - 1 else { return nil }
        var wildcard = ""
        for (want, have) in zip(wanted, given.dropFirst()) {
            if want == "*" { wildcard = String(have) } else if want != have { return nil }
        }
        return wildcard
    }
}

/// What the routes ask.
struct RouteSources: Sendable {
    var api: RekognitionAPI
    var health: any HealthSource
    var counters: RequestCounters
}

/// The table of endpoints. Each has its file beside this one.
package enum Routes {
    /// Every method and path there is, and whether strangers may ask.
    package static var table: [(method: String, path: String, isOpen: Bool)] {
        all.map { ($0.method, $0.path, $0.access == .anyone) }
    }

    static let all: [Route] = [
        Route("POST", "/", .withCredentials, rekognition),
        Route("GET", "/healthz", .anyone, health),
        Route("GET", "/metrics", .withCredentials, metrics),
        Route("GET", "/debug", .withCredentials, debug),
        Route("GET", "/cameras/*/snapshot.jpg", .withCredentials, snapshot),
    ]

    /// Nil when no route answers to this method and path.
    static func route(for head: RequestHead) -> (Route, wildcard: String)? {
        for route in all where route.method == head.method {
            if let wildcard = route.match(head.path) { return (route, wildcard) }
        }
        return nil
    }

    /// For a request without a route: the methods that its path does know.
    static func methods(for head: RequestHead) -> [String] {
        all.filter { $0.match(head.path) != nil }.map(\.method)
    }
}
