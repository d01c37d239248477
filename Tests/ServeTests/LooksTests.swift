import Base
import NIOHTTP1
import Serve
import Synchronization
import Testing

/// A camera `front-door` at which somebody looks as often as it is asked.
private final class ScriptedLooks: LookSource {
    let showsPictures: Bool
    /// What each watcher hears next; the last one again and again.
    private let news: Mutex<[LookNews]>

    init(_ news: [LookNews], showsPictures: Bool = true) {
        self.news = Mutex(news)
        self.showsPictures = showsPictures
    }

    func watch(_ camera: String) -> (any LookWatching)? { camera == "front-door" ? Watch(self) : nil }

    private final class Watch: LookWatching {
        private let looks: ScriptedLooks

        init(_ looks: ScriptedLooks) { self.looks = looks }

        func next() -> LookNews {
            looks.news.withLock { news in
                guard news.count > 1 else { return news.first ?? .nothingNew }
                return news.removeFirst()
            }
        }
    }

    static func look(missed: Int = 0) throws -> LookNews {
        let (camera, size) = (CameraName("front-door"), PixelSize(width: 640, height: 360))
        let box = try #require(NormalizedBox(left: 0.1, top: 0.2, width: 0.3, height: 0.4))
        let cat = Detection(label: .pet, className: "cat", confidence: Confidence(clamping: 0.5), box: box)
        let look = SeenLook(
            camera: try #require(camera), at: .now(), size: try #require(size), detections: [cat], motion: .init(),
            processors: []
        ) { _ in [] }
        return .look(look, missed: missed)
    }
}

@Suite("A camera's looks as they come", .timeLimit(.minutes(2)))
struct LooksTests {
    private static let path = "/cameras/front-door/looks"

    @Test("Whoever watches hears whether there are pictures, then look by look, and what was missed is counted")
    func events() async throws {
        let looks = ScriptedLooks([try ScriptedLooks.look(missed: 2), try ScriptedLooks.look()], showsPictures: false)
        try await TestServer.serving(looks: looks) { server in
            try await OpenCaller.calling(server) { viewer in
                try await viewer.ask(Self.path)
                let head = String(decoding: try await viewer.hear(to: "\r\n\r\n"), as: UTF8.self).lowercased()
                #expect(head.hasPrefix("http/1.1 200") && head.contains("content-type: text/event-stream"))
                let begin = String(decoding: try await viewer.hear(to: "}\n\n"), as: UTF8.self)
                #expect(begin.contains("event: begin\ndata: {\"pictures\":false}"), "\(begin)")
                for _ in 0..<3 {
                    let event = String(decoding: try await viewer.hear(to: "}\n\n"), as: UTF8.self)
                    #expect(event.contains("event: look\ndata: {") && event.contains("\"class\":\"cat\""), "\(event)")
                }
                #expect(try await server.figure("porchlight_api_looks_missed_total") == 2)
                #expect(try await server.figure("porchlight_api_look_viewers") == 1)
            }
            try await server.until("porchlight_api_look_viewers", is: 0)
        }
    }

    @Test("There are four places, beside those of live pictures; a camera that is away takes none")
    func places() async throws {
        let looks = ScriptedLooks([try ScriptedLooks.look()])
        try await TestServer.serving(looks: looks) { server in
            let absent = try await server.send(.GET, "/cameras/nobody/looks", authorization: server.bearer)
            #expect(absent.error == "ResourceNotFoundException")
            try await server.fillPlaces(Self.path, hearing: "event: look") {
                let seesPictures = try await server.figure("porchlight_api_viewers")
                #expect(seesPictures == 0)
            }
            try await server.until("porchlight_api_look_viewers", is: 0)
        }
    }

    @Test("The answer is over when the camera goes; while nothing is new a comment keeps the connection")
    func ends() async throws {
        try await TestServer.serving(looks: ScriptedLooks([try ScriptedLooks.look(), .gone])) { server in
            let whole = try await server.send(.GET, Self.path, authorization: server.bearer)
            let text = String(decoding: whole.body, as: UTF8.self)
            #expect(whole.status == 200 && text.contains("event: look") && text.hasSuffix("}\n\n"))
        }
        try await TestServer.serving(looks: ScriptedLooks([.nothingNew])) { server in
            try await OpenCaller.calling(server) { viewer in
                try await viewer.ask(Self.path)
                _ = try await viewer.hear(to: ": nothing new\n\n")
            }
        }
    }

    @Test(
        "Whoever is signed out on the page sees nothing more, neither looks nor pictures",
        arguments: [path, "/cameras/front-door/live.mjpg"])
    func signedOut(path: String) async throws {
        let looks = ScriptedLooks([try ScriptedLooks.look()])
        let live = LiveTests.live
        try await TestServer.serving(health: live, looks: looks) { server in
            let token: JSONValue = ["token": .string(server.credentials.bearerToken)]
            let reply = try await server.send(.POST, "/session", token.jsonBytes)
            let cookie = try #require(reply.headers.first(name: "set-cookie")?.split(separator: ";").first)
            try await OpenCaller.calling(server) { viewer in
                try await viewer.ask(path, "Cookie: \(cookie)")
                _ = try await viewer.hear(to: path.hasSuffix("looks") ? "event: look" : "\u{1}\u{2}\u{3}")
                let own: HTTPHeaders = [
                    "Cookie": String(cookie), "Origin": "http://127.0.0.1:\(server.port)",
                ]
                #expect(try await server.send(.DELETE, "/session", headers: own).status == 200)
                let rest = try await viewer.hearAll()
                #expect(rest.suffix(5) == Array("0\r\n\r\n".utf8)[...], "the answer is whole")
            }
        }
    }
}
