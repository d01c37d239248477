import Base
import Foundation
import NIOCore
import Rekognition
import Serve
import TestSupport
import Testing

/// What a stranger or a broken program may send. After each the server must still serve a good caller.
@Suite(.timeLimit(.minutes(3))) struct HostileTests {
    /// On a busy machine a good caller may be slower than the limits that a test sets: it asks again, as callers do.
    private static func isAlive(_ server: TestServer) async throws -> Bool {
        for _ in 0..<20 {
            let answer = try? await server.send(operation: "ListStreamProcessors", authorization: server.bearer)
            if answer?.status == 200 { return true }
        }
        return false
    }

    @Test("A body that is too large is refused, whether it says so or not")
    func largeBody() async throws {
        try await TestServer.serving { server in
            let head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \(server.bearer)\r\n"
            let stated = try await server.raw([Array("\(head)Content-Length: 6000000\r\n\r\n".utf8)])
            #expect(stated.hasPrefix("HTTP/1.1 413"))
            #expect(stated.contains("RequestEntityTooLargeException"))
            let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 0x20, count: 1 << 20) + Array("\r\n".utf8)
            let chunks = [[UInt8]](repeating: chunk, count: 6)
            let unstated = try await server.raw([Array("\(head)Transfer-Encoding: chunked\r\n\r\n".utf8)] + chunks)
            #expect(unstated.hasPrefix("HTTP/1.1 413"))
            #expect(try await Self.isAlive(server))
        }
    }

    @Test("What is asked for without a body takes none of a picture's size, whether it exists or not")
    func bodyOfARouteWithoutBody() async throws {
        try await TestServer.serving { server in
            for path in ["/metrics", "/debug", "/log", "/diagnosis", "/cameras/front-door/snapshot.jpg", "/nothing"] {
                let head = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \(server.bearer)\r\n"
                let answer = try await server.raw([Array("\(head)Content-Length: 100000\r\n\r\n".utf8)])
                #expect(answer.hasPrefix("HTTP/1.1 413"), "\(path): \(answer.prefix(60))")
            }
            #expect(try await Self.isAlive(server))
        }
    }

    @Test("Each route says what a request may use up, and none may hold a connection for long")
    func limits() {
        for route in Routes.table {
            let limits = route.limits
            // Two pictures that are compared are twice as large, and take twice as long, as one.
            #expect(limits.body <= 16 << 20 && limits.bodyWithin <= .seconds(20), "\(route)")
            #expect(limits.answerWithin <= .seconds(40), "\(route)")
        }
    }

    @Test("The largest body that is allowed arrives")
    func largestBody() async throws {
        try await TestServer.serving { server in
            let largest = Routes.table.last { $0.path == "/" }?.limits.body ?? 0
            let padding = String(repeating: " ", count: largest - 2)
            let reply = try await server.send(
                operation: "ListStreamProcessors", Array("{\(padding)}".utf8), authorization: server.bearer)
            #expect(reply.status == 200)
        }
    }

    @Test("A picture of 5 MB arrives, though it is larger as base64; a larger one is called too large by AWS's name")
    func picture() async throws {
        try await TestServer.serving { server in
            func send(_ count: Int) async throws -> TestServer.Reply {
                let text = String(repeating: "A", count: count)
                return try await server.send(
                    operation: "DetectLabels", Array("{\"Image\":{\"Bytes\":\"\(text)\"}}".utf8),
                    authorization: server.bearer)
            }
            // It arrives: what is refused is what the scripted network makes of it.
            // The limit counts filling characters; without them four characters fewer are 5 MiB.
            let largest = try await send(RekognitionAPI.largestPictureText - 4)
            #expect(largest.error == "ServiceUnavailableException", "\(largest.json)")
            let larger = try await send(8 << 20)
            #expect(larger.status == 400 && larger.error == "ImageTooLargeException")
        }
    }

    @Test(
        "What is not HTTP gets one answer",
        arguments: [
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}", "GET /\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ])
    func notHTTP(_ text: String) async throws {
        try await TestServer.serving { server in
            let answer = try await server.raw([Array(text.utf8)])
            #expect(answer.hasPrefix("HTTP/1.1 400"), "\(answer)")
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "\(answer)")
            #expect(try await Self.isAlive(server))
        }
    }

    @Test("A header that is too long is refused")
    func largeHeader() async throws {
        try await TestServer.serving { server in
            let long = String(repeating: "a", count: 40_000)
            for text in [
                "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: \(long)\r\n\r\n",
                "GET /\(long) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\(String(repeating: "X-A: 1\r\n", count: 8_000))\r\n",
            ] {
                let answer = try await server.raw([Array(text.utf8)])
                #expect(answer.hasPrefix("HTTP/1.1 4"), "\(answer.prefix(60))")
            }
            #expect(try await Self.isAlive(server))
        }
    }

    @Test("Who sends a head or a body too slowly is cut off, while others are served")
    func slowSenders() async throws {
        var limits = HTTPListener.Limits()
        limits.idle = .seconds(4)
        limits.body = .seconds(1)
        try await TestServer.serving(limits: limits) { server in
            let head =
                "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \(server.bearer)\r\nContent-Length: 9\r\n\r\n"
            async let slowHead = server.raw([Array("GET /healthz HTTP/1.1\r\nHos".utf8)])
            async let slowBody = server.raw([Array(head.utf8), Array("{".utf8)])
            async let silent = server.raw([])
            #expect(try await Self.isAlive(server))
            #expect(try await slowHead == "")
            #expect(try await silent == "")
            let answer = try await slowBody
            #expect(answer.hasPrefix("HTTP/1.1 408"), "\(answer)")
            #expect(answer.contains("RequestTimeoutException"))
            #expect(try await Self.isAlive(server))
        }
    }

    @Test("200 idle connections do not keep a good caller out")
    func idleConnections() async throws {
        var limits = HTTPListener.Limits()
        limits.idle = .seconds(3)
        try await TestServer.serving(limits: limits) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<200 { group.addTask { _ = try await server.raw([]) } }
                group.addTask {
                    let isAlive = try await Self.isAlive(server)
                    #expect(isAlive)
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("More connections than allowed wait and are served in the end")
    func tooManyConnections() async throws {
        var limits = HTTPListener.Limits()
        limits.connections = 4
        limits.idle = .milliseconds(300)
        try await TestServer.serving(limits: limits) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<12 { group.addTask { _ = try await server.raw([]) } }
                group.addTask {
                    let isAlive = try await Self.isAlive(server)
                    #expect(isAlive)
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("Hundreds of seeded garbage requests leave the server alive", arguments: 0..<8)
    func garbage(_ seed: UInt64) async throws {
        var limits = HTTPListener.Limits()
        limits.idle = .milliseconds(150)
        limits.body = .milliseconds(150)
        limits.request = .milliseconds(2000)
        try await TestServer.serving(limits: limits) { server in
            var random = SplitMix(seed: seed)
            let body = #"{"Name":"door","MaxResults":1}"#
            let good = Array(
                """
                POST / HTTP/1.1\r
                Host: 127.0.0.1\r
                Authorization: \(server.bearer)\r
                Content-Type: application/x-amz-json-1.1\r
                X-Amz-Target: RekognitionService.ListStreamProcessors\r
                Content-Length: \(body.utf8.count)\r
                \r
                \(body)
                """.utf8)
            var requests: [[UInt8]] = []
            for number in 0..<100 {
                var bytes = good
                if number % 4 == 0 {
                    bytes = (0..<Int.random(in: 0..<400, using: &random)).map { _ in
                        .random(in: 0...255, using: &random)
                    }
                } else {
                    for _ in 0..<Int.random(in: 1...8, using: &random) {
                        let index = Int.random(in: bytes.indices, using: &random)
                        bytes[index] = .random(in: 0...255, using: &random)
                    }
                    if number % 3 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count / 2, using: &random)) }
                    if number % 5 == 0 { bytes += bytes }
                }
                requests.append(bytes)
            }
            try await withThrowingTaskGroup(of: String.self) { group in
                for request in requests { group.addTask { try await server.raw([request]) } }
                for try await answer in group {
                    #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 "), "\(answer.prefix(60))")
                    #expect(!answer.contains("HTTP/1.1 5"), "\(answer.prefix(200))")
                }
            }
            #expect(try await Self.isAlive(server))
        }
    }
}
