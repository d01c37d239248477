import Base
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Rekognition
import RekognitionTestSupport
import Serve
import Settings
import Testing

@Suite(.timeLimit(.minutes(2))) struct ServerTests {
    @Test("A processor lives from create to delete over TCP and over the unix socket", arguments: [false, true])
    func lifeCycle(overSocket: Bool) async throws {
        try await TestServer.serving { server in
            func call(_ operation: String, _ body: JSONValue) async throws -> TestServer.Reply {
                try await server.send(
                    operation: operation, body.jsonBytes, authorization: overSocket ? nil : server.bearer,
                    overSocket: overSocket)
            }
            let created = try await call("CreateStreamProcessor", createRequest("door"))
            #expect(created.status == 200)
            #expect(created.headers.first(name: "Content-Type") == "application/x-amz-json-1.1")
            #expect(created.headers.first(name: "x-amzn-RequestId")?.utf8.count == 36)
            #expect(created.json["StreamProcessorArn"]?.string?.hasSuffix(":streamprocessor/door") == true)
            #expect(try await call("StartStreamProcessor", ["Name": "door"]).json["SessionId"]?.string != nil)
            #expect(try await call("DescribeStreamProcessor", ["Name": "door"]).json["Status"] == "RUNNING")
            #expect(try await call("DeleteStreamProcessor", ["Name": "door"]).error == "ResourceInUseException")
            #expect(try await call("StopStreamProcessor", ["Name": "door"]).status == 200)
            #expect(try await call("DeleteStreamProcessor", ["Name": "door"]).status == 200)
            #expect(try await call("ListStreamProcessors", [:]).json == ["StreamProcessors": []])
            #expect(try await call("Brew", [:]).error == "UnknownOperationException")
        }
    }

    @Test("Without credentials nothing answers but /healthz and the page")
    func strangers() async throws {
        try await TestServer.serving { server in
            #expect(try await server.send(.GET, "/healthz").status == 200)
            for (method, path) in [
                ("POST", "/"), ("GET", "/sessions"), ("GET", "/metrics"), ("GET", "/cameras/front-door/snapshot.jpg"),
                ("GET", "/nothing"), ("DELETE", "/"), ("GET", "/healthz/"), ("GET", "/../healthz"),
                ("GET", "//healthz"),
                ("POST", "/healthz"),
            ] {
                let reply = try await server.send(.init(rawValue: method), path)
                #expect([401, 400].contains(reply.status), "\(method) \(path)")
                #expect(reply.status == 400 || reply.error == "MissingAuthenticationTokenException")
            }
        }
    }

    @Test("Whatever routes there are and will be: only /healthz, the page and its sign-in are open to everybody")
    func everyRoute() async throws {
        #expect(
            Routes.table.filter(\.isOpen).map(\.path)
                == ["/", "/page/<file>", "/page/views/<file>", "/session", "/healthz"])
        try await TestServer.serving { server in
            for route in Routes.table where !route.isOpen {
                let path = route.path.replacing(/<[a-z]+>/, with: "front-door")
                let reply = try await server.send(.init(rawValue: route.method), path)
                #expect(reply.status == 401 && reply.error == "MissingAuthenticationTokenException", "\(route)")
            }
        }
    }

    @Test("Whoever asks for what is not there is told all that is, whatever routes there are and will be")
    func directory() async throws {
        try await TestServer.serving { server in
            let reply = try await server.send(.GET, "/nothing", authorization: server.bearer)
            let text = String(decoding: reply.body, as: UTF8.self).replacing("\\/", with: "/")
            #expect(reply.status == 404)
            for path in ["/cameras/<name>/before.jpg", "/faces", "/strangers", "/why/thresholds", "/modes"] {
                #expect(text.contains(" \(path),") || text.contains(" \(path) "), "\(path): \(text)")
            }
        }
    }

    @Test(
        "Wrong credentials are refused by AWS's names",
        arguments: [
            ("Bearer wrong", "UnrecognizedClientException"), ("Bearer", "IncompleteSignatureException"),
            ("Basic dXNlcjpwYXNz", "IncompleteSignatureException"), ("nonsense", "IncompleteSignatureException"),
            (
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/rekognition/aws4_request, "
                    + "SignedHeaders=host;x-amz-date, Signature=\(String(repeating: "0", count: 64))",
                "UnrecognizedClientException"
            ),
        ])
    func wrongCredentials(_ authorization: String, _ error: String) async throws {
        try await TestServer.serving { server in
            let reply = try await server.send(operation: "ListStreamProcessors", authorization: authorization)
            #expect(reply.status == 403)
            #expect(reply.error == error)
        }
    }

    @Test("With credentials every route answers, and what does not exist is 404 or 405")
    func routes() async throws {
        try await TestServer.serving(health: FixedHealth(isHealthy: false)) { server in
            func get(_ path: String) async throws -> TestServer.Reply {
                try await server.send(.GET, path, authorization: server.bearer)
            }
            let health = try await get("/healthz")
            #expect(health.status == 503)
            #expect(health.json["status"]?.string?.contains("front-door") == true)
            let metrics = try await get("/metrics")
            #expect(String(decoding: metrics.body, as: UTF8.self).contains("porchlight_up 1\n"))
            #expect(String(decoding: metrics.body, as: UTF8.self).contains("porchlight_api_requests_total"))
            let picture = try await get("/cameras/front-door/snapshot.jpg")
            #expect(picture.headers.first(name: "Content-Type") == "image/jpeg")
            #expect(picture.body == [0xFF, 0xD8, 0xFF, 0xD9])
            #expect(try await get("/cameras/nobody/snapshot.jpg").error == "ResourceNotFoundException")
            #expect(try await get("/cameras/..%2F..%2Fetc/snapshot.jpg").error == "ResourceNotFoundException")
            #expect(try await get("/").status == 404)
            #expect(try await get("/nothing").status == 404)
            #expect(try await server.send(.POST, "/metrics", authorization: server.bearer).status == 405)
        }
    }

    @Test("A request without Amazon's content type is refused, since a foreign page could send it")
    func contentType() async throws {
        try await TestServer.serving { server in
            for type in ["text/plain", "application/json", "application/x-www-form-urlencoded"] {
                let reply = try await server.send(
                    operation: "ListStreamProcessors", headers: ["Content-Type": type], authorization: server.bearer)
                #expect(reply.status == 415)
            }
        }
    }

    @Test(
        "Foreign pages are refused even with credentials; our own origin is not",
        arguments: [
            (["Origin": "https://evil.example"], 403), (["Sec-Fetch-Site": "cross-site"], 403),
            (["Origin": "null"], 403),
            (["Host": "evil.example", "Origin": "http://evil.example"], 403), (["Sec-Fetch-Site": "same-origin"], 200),
            ([:], 200),
        ] as [([String: String], Int)])
    func foreignPages(_ headers: [String: String], _ status: Int) async throws {
        try await TestServer.serving { server in
            let reply = try await server.send(
                operation: "ListStreamProcessors", headers: .init(headers.map { ($0.key, $0.value) }),
                authorization: server.bearer)
            #expect(reply.status == status)
        }
    }

    @Test("A rotated key works at once, the old one no longer")
    func rotation() async throws {
        try await TestServer.serving { server in
            let old = server.bearer
            #expect(try await server.send(operation: "ListStreamProcessors", authorization: old).status == 200)
            let fresh = try CredentialsFile(storage: server.folder).rotate()
            #expect(try await server.send(operation: "ListStreamProcessors", authorization: old).status == 403)
            let reply = try await server.send(
                operation: "ListStreamProcessors", authorization: "Bearer \(fresh.bearerToken)")
            #expect(reply.status == 200)
        }
    }

    @Test("TLS with the configured certificate")
    func tls() async throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path()
        let files = APISettings.TLS(
            certificateFile: fixtures + "/test-only-cert.pem", keyFile: fixtures + "/test-only-key.pem")
        try await TestServer.serving(tls: files) { server in
            let reply = try await server.listOverTLS(trusting: files.certificateFile)
            #expect(reply?.status == 200)
        }
    }

    @Test("A port that is taken, or a certificate that is not there, is one clear error")
    func cannotServe() async throws {
        try await TestServer.serving { server in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let keys = KeyRing(file: CredentialsFile(storage: server.folder), logger: logger)
            let door = RequestHandler(
                api: RekognitionAPI(control: server.control), streams: KinesisAPI(streams: MemoryStreams()),
                health: FixedHealth(), keys: keys, logger: logger)
            func failure(_ port: Int, _ tls: APISettings.TLS?) async -> String {
                let address = HTTPListener.Address.tcp(address: "127.0.0.1", port: port, tls: tls, plaintext: false)
                do { try await HTTPListener(address: address, door: door, logger: logger).run() } catch {
                    return (error as? ServeError)?.description ?? "not ours: \(error)"
                }
                return "served"
            }
            let taken = await failure(server.port, nil)
            #expect(taken.hasPrefix("cannot listen on 127.0.0.1:\(server.port): "), "\(taken)")
            let absent = await failure(0, APISettings.TLS(certificateFile: "/nowhere.pem", keyFile: "/nowhere.key"))
            #expect(absent.hasPrefix("certificate or key /nowhere.pem"), "\(absent)")
        }
    }

    @Test(
        "Beyond loopback nothing is served without TLS unless the config says plaintext",
        arguments: [
            "0.0.0.0", "::", "192.0.2.1", "localhost", "",
        ])
    func plaintext(_ address: String) async throws {
        try await withTemporaryFolder { folder in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let keys = KeyRing(file: CredentialsFile(storage: folder), logger: logger)
            let door = RequestHandler(
                api: RekognitionAPI(control: InMemoryControl()), streams: KinesisAPI(streams: MemoryStreams()),
                health: FixedHealth(), keys: keys, logger: logger)
            let listener = HTTPListener(
                address: .tcp(address: address, port: 0, tls: nil, plaintext: false), door: door, logger: logger)
            await #expect(throws: ServeError.plaintextRefused(address: address)) { try await listener.run() }
        }
    }
}
