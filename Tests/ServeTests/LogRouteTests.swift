import Base
import Logging
import NIOHTTP1
import Runtime
import Serve
import Testing

@Suite("The log and the diagnosis over the API")
struct LogRouteTests {
    private static func logger(_ memory: LogMemory) -> Logger {
        Logger(label: "test") { Log(label: $0, isJournal: false, level: LogSwitch(.info), memory: memory) }
    }

    private static func lines(_ reply: TestServer.Reply) -> [String] {
        (reply.json["lines"]?.array ?? []).compactMap { $0["text"]?.string }
    }

    @Test("whoever holds the token reads the newest lines, as many as wanted, from the level that is wanted")
    func log() async throws {
        let memory = LogMemory()
        try await TestServer.serving(log: memory) { server in
            let logger = Self.logger(memory)
            logger.info("quiet")
            logger.warning("camera lost", metadata: ["camera": "porch"])
            let all = try await server.send(.GET, "/log", authorization: server.bearer)
            #expect(Self.lines(all) == ["camera lost camera=porch", "quiet"])
            #expect(all.json["dropped"] == 0 && all.json["lines"]?.array?.first?["level"] == "warning")
            let severe = try await server.send(.GET, "/log?level=warning&limit=1", authorization: server.bearer)
            #expect(Self.lines(severe) == ["camera lost camera=porch"])
            #expect(all.headers.first(name: "cache-control") == "no-store")
        }
    }

    @Test(
        "what cannot be meant is told", arguments: ["level=loud", "limit=0", "limit=1000000", "limit=x", "lines=3"])
    func wrong(_ query: String) async throws {
        try await TestServer.serving { server in
            let reply = try await server.send(.GET, "/log?\(query)", authorization: server.bearer)
            #expect(reply.status == 400 && reply.error == "InvalidParameterException")
        }
    }

    @Test("strangers get neither the log nor the diagnosis", arguments: ["/log", "/diagnosis"])
    func strangers(_ path: String) async throws {
        try await TestServer.serving { server in
            let reply = try await server.send(.GET, path)
            #expect(reply.status == 401)
        }
    }

    @Test("the box's own key and token are in no line, whatever wrote them there")
    func keys() async throws {
        let memory = LogMemory()
        try await TestServer.serving(log: memory) { server in
            let credentials = server.credentials
            Self.logger(memory).error(
                "refused \(credentials.bearerToken)", metadata: ["key": "\(credentials.secretAccessKey)"])
            let reply = try await server.send(.GET, "/log", authorization: server.bearer)
            #expect(Self.lines(reply) == ["refused *** key=***"])
        }
    }

    @Test("a browser keeps the diagnosis as a file")
    func diagnosis() async throws {
        try await TestServer.serving { server in
            let reply = try await server.send(.GET, "/diagnosis", authorization: server.bearer)
            #expect(reply.status == 200 && reply.json["version"] == "1")
            #expect(
                reply.headers.first(name: "content-disposition")
                    == "attachment; filename=\"porchlight-diagnosis.json\"")
        }
    }
}
