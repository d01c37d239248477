import Base
import Foundation
import Logging
import NIOHTTP1
import Rekognition
import RekognitionTestSupport
import Runtime
import Serve
import Testing

@Suite struct PageTests {
    private static func signIn(
        _ server: TestServer, _ secret: JSONValue, _ headers: HTTPHeaders = [:]
    ) async throws -> (reply: TestServer.Reply, cookie: String) {
        let reply = try await server.send(.POST, "/session", secret.jsonBytes, headers: headers)
        let cookie = reply.headers.first(name: "set-cookie")?.split(separator: ";").first.map(String.init) ?? ""
        return (reply, cookie)
    }

    private static func asked(_ server: TestServer, _ cookie: String, _ headers: HTTPHeaders = [:]) async throws -> Int
    {
        var all = headers
        all.add(name: "Cookie", value: cookie)
        return try await server.send(.GET, "/sessions", headers: all).status
    }

    @Test("Whoever signs in with the token may use the API by a cookie that no script and no other site can use")
    func signIn() async throws {
        try await TestServer.serving { server in
            let (reply, cookie) = try await Self.signIn(server, ["token": .string(server.credentials.bearerToken)])
            #expect(reply.status == 200)
            let given = reply.headers.first(name: "set-cookie") ?? ""
            #expect(given.contains("HttpOnly") && given.contains("SameSite=Strict") && given.contains("Path=/"))
            #expect(!given.contains("Secure"))
            #expect(try await Self.asked(server, cookie) == 200)
            let own: HTTPHeaders = ["Cookie": cookie, "Origin": "http://127.0.0.1:\(server.port)"]
            let list = try await server.send(operation: "ListStreamProcessors", headers: own)
            #expect(list.status == 200)
            #expect(try await server.send(.DELETE, "/session", headers: own).status == 200)
            #expect(try await Self.asked(server, cookie) == 401)
        }
    }

    @Test("Without the right token nobody gets a session, and wrong ones are answered late")
    func wrongToken() async throws {
        try await TestServer.serving { server in
            let began = MonotonicTime.now()
            for _ in 0..<6 {
                let (reply, cookie) = try await Self.signIn(server, ["token": "wrong"])
                #expect(reply.status == 403 && reply.error == "UnrecognizedClientException" && cookie.isEmpty)
            }
            #expect(try await Self.signIn(server, ["code": "wrong"]).reply.status == 403)
            // Five may be answered at once, then five a second. A busy machine is only later still.
            #expect(MonotonicTime.now() - began > .milliseconds(350))
            #expect(try await Self.signIn(server, [:]).reply.status == 400)
            #expect(try await server.send(.POST, "/session", [UInt8](repeating: 32, count: 5000)).status == 413)
            #expect(try await Self.asked(server, "porchlight-session=\(String(repeating: "0", count: 64))") == 401)
        }
    }

    @Test(
        "A page of another site can neither sign in, nor use somebody's cookie, nor take a name for this box",
        arguments: [
            ["Origin": "http://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"],
            ["Sec-Fetch-Site": "same-site"], ["Host": "evil.example", "Origin": "http://evil.example"],
            ["Host": "evil.example"], [:],
        ])
    func foreignPage(_ headers: [String: String]) async throws {
        try await TestServer.serving { server in
            let token: JSONValue = ["token": .string(server.credentials.bearerToken)]
            let (_, cookie) = try await Self.signIn(server, token)
            let foreign = HTTPHeaders(headers.map { ($0.key, $0.value) })
            var withCookie = foreign
            withCookie.add(name: "Cookie", value: cookie)
            for operation in ["ListStreamProcessors", "DeleteStreamProcessor"] {
                #expect(try await server.send(operation: operation, headers: withCookie).status == 403)
            }
            #expect(try await server.send(.DELETE, "/session", headers: withCookie).status == 403)
            if !headers.isEmpty {
                #expect(try await server.send(.GET, "/sessions", headers: withCookie).status == 403)
            }
            if headers["Origin"] != nil { #expect(try await Self.signIn(server, token, foreign).reply.status == 403) }
            #expect(try await Self.asked(server, cookie) == 200, "the session itself goes on")
        }
    }

    @Test("A link of porchlight console signs in once")
    func code() async throws {
        try await TestServer.serving { server in
            let answer = try await server.send(.POST, "/session/codes", overSocket: true)
            let code: JSONValue = ["code": .string(try #require(answer.json["code"]?.string))]
            let (reply, cookie) = try await Self.signIn(server, code)
            #expect(reply.status == 200)
            #expect(try await Self.asked(server, cookie) == 200)
            #expect(try await Self.signIn(server, code).reply.status == 403)
            // Of more than eight the oldest counts no longer.
            let codes = try await (0..<9).asyncMap { _ in
                try await server.send(.POST, "/session/codes", authorization: server.bearer).json["code"]?.string ?? ""
            }
            #expect(try await Self.signIn(server, ["code": .string(codes[0])]).reply.status == 403)
            #expect(try await Self.signIn(server, ["code": .string(codes[1])]).reply.status == 200)
        }
    }

    @Test("Sessions are listed and ended, and there are never more than sixteen")
    func sessions() async throws {
        try await TestServer.serving { server in
            let token: JSONValue = ["token": .string(server.credentials.bearerToken)]
            let cookies = try await (0..<18).asyncMap { number in
                try await Self.signIn(server, token, ["User-Agent": "browser \(number)"]).cookie
            }
            #expect(try await Self.asked(server, cookies[0]) == 401)
            #expect(try await Self.asked(server, cookies[2]) == 200)
            let mine: HTTPHeaders = ["Cookie": cookies[17], "Sec-Fetch-Site": "same-origin"]
            let list = try await server.send(.GET, "/sessions", headers: mine).json["sessions"]?.array ?? []
            #expect(list.count == 16)
            #expect(list.filter { $0["current"] == true }.map { $0["browser"] } == ["browser 17"])
            let other = try #require(list.first { $0["browser"] == "browser 2" }?["id"]?.string)
            #expect(try await server.send(.DELETE, "/sessions/\(other)", headers: mine).status == 200)
            #expect(try await server.send(.DELETE, "/sessions/\(other)", headers: mine).status == 400)
            #expect(try await Self.asked(server, cookies[2]) == 401)
        }
    }

    @Test("A session ends when nobody uses it, in any case after its time, and with another token")
    func ends() async throws {
        try await withTemporaryFolder { folder in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let file = CredentialsFile(storage: folder)
            let sessions = PageSessions(keys: KeyRing(file: file, logger: logger))
            let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
            func begin() throws -> PageSessions.Begun {
                try sessions.begin(token: file.load().bearerToken, from: "192.0.2.1", browser: "", at: start)
            }
            func isOpen(_ begun: PageSessions.Begun, after days: Int) -> Bool {
                (try? sessions.session(of: begun.secret, at: start + .seconds(86_400 * days))) == begun.id
            }
            let unused = try begin()
            #expect(isOpen(unused, after: 6))
            #expect(isOpen(unused, after: 12))
            #expect(!isOpen(unused, after: 20))
            let used = try begin()
            #expect(stride(from: 0, to: 30, by: 5).allSatisfy { isOpen(used, after: $0) })
            #expect(!isOpen(used, after: 30))
            let before = try begin()
            _ = try file.rotate()
            #expect(!isOpen(before, after: 0))
            let code = try sessions.makeCode(at: start)
            #expect(throws: APIError.self) {
                try sessions.begin(code: code, from: "", browser: "", at: start + .seconds(601))
            }
        }
    }

    @Test(
        "The page comes with headers that keep everything foreign out, once, and a link of another site may lead to it")
    func files() async throws {
        try await withTemporaryFolder { folder in
            let manager = FileManager.default
            try manager.createDirectory(atPath: folder + "/views", withIntermediateDirectories: true)
            try Data("<!doctype html>".utf8).write(to: URL(filePath: folder + "/index.html"))
            try Data("export {}".utf8).write(to: URL(filePath: folder + "/views/live.js"))
            try Data("secret".utf8).write(to: URL(filePath: folder + "/notes.txt"))
            try await TestServer.serving(page: try PageFiles(reading: folder)) { server in
                let page = try await server.send(.GET, "/")
                #expect(page.status == 200 && page.body == Array("<!doctype html>".utf8))
                #expect(page.headers.first(name: "content-type") == "text/html; charset=utf-8")
                #expect(page.headers.first(name: "content-security-policy")?.hasPrefix("default-src 'none'") == true)
                #expect(page.headers.first(name: "x-content-type-options") == "nosniff")
                #expect(page.headers.first(name: "referrer-policy") == "no-referrer")
                #expect(page.headers.first(name: "cross-origin-resource-policy") == "same-origin")
                let tag = try #require(page.headers.first(name: "etag"))
                let again = try await server.send(.GET, "/", headers: ["If-None-Match": tag])
                #expect(again.status == 304 && again.body.isEmpty)
                #expect(try await server.send(.GET, "/page/views/live.js").status == 200)
                for path in ["/page/notes.txt", "/page/..", "/page/views/..", "/page/none.js", "/page/%2e%2e"] {
                    #expect(try await server.send(.GET, path).status == 404, "\(path)")
                }
                let link: HTTPHeaders = ["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"]
                let document = link + [("Sec-Fetch-Dest", "document")]
                #expect(try await server.send(.GET, "/", headers: document).status == 200)
                #expect(try await server.send(.GET, "/sessions", headers: document).status == 403)
                #expect(
                    try await server.send(.GET, "/", headers: link + [("Sec-Fetch-Dest", "iframe")]).status == 403)
            }
        }
    }

    @Test("A box without a page, or with one that is too large, says so and serves everything else")
    func noPage() async throws {
        try await withTemporaryFolder { folder in
            #expect(throws: PageError.withoutDocument(folder: folder)) { try PageFiles(reading: folder) }
            #expect(throws: PageError.self) { try PageFiles(reading: folder + "/none") }
            try Data(count: PageFiles.mostBytes + 1).write(to: URL(filePath: folder + "/index.html"))
            #expect(throws: PageError.tooLarge(folder: folder)) { try PageFiles(reading: folder) }
        }
        try await TestServer.serving { server in
            let reply = try await server.send(.GET, "/")
            #expect(reply.status == 404 && String(decoding: reply.body, as: UTF8.self).contains("not installed"))
            #expect(
                try await server.send(operation: "ListStreamProcessors", authorization: server.bearer).status == 200)
        }
    }
}

extension HTTPHeaders {
    fileprivate static func + (headers: HTTPHeaders, more: [(String, String)]) -> HTTPHeaders {
        var all = headers
        all.add(contentsOf: more)
        return all
    }
}

extension Sequence {
    /// One after the other.
    fileprivate func asyncMap<R>(_ make: (Element) async throws -> R) async rethrows -> [R] {
        var made: [R] = []
        for element in self { made.append(try await make(element)) }
        return made
    }
}
