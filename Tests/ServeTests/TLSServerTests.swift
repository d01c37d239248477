import Base
import Foundation
import NIOCore
import NIOPosix
import RekognitionTestSupport
import Serve
import Settings
import Testing

@Suite("The API over TLS, on a real socket", .timeLimit(.minutes(2)))
struct TLSServerTests {
    private static func isAlive(_ server: TestServer) async throws -> Bool {
        try await server.listOverTLS(trusting: TLSPair.files.certificateFile)?.status == 200
    }

    @Test("A hundred callers that shake hands and go leave a server that serves")
    func comeAndGo() async throws {
        var limits = HTTPListener.Limits()
        limits.connections = 20
        try await TestServer.serving(limits: limits, tls: TLSPair.files) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await TLSCaller.calling(server) { _ = try await $0.get("/healthz") } }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.isAlive(server))
        }
    }

    @Test(
        "Who shakes hands byte by byte, or not at all, is cut off as every slow sender; others are served")
    func slowHandshake() async throws {
        var limits = HTTPListener.Limits()
        limits.idle = .seconds(2)
        try await TestServer.serving(limits: limits, tls: TLSPair.files) { server in
            let hello = try TLSPair().bytesOfHello()
            async let dribbled = server.raw(hello.dropLast().map { [$0] })
            async let cut = server.raw([Array(hello.prefix(50))])
            async let silent = server.raw([])
            #expect(try await Self.isAlive(server))
            for answer in try await [dribbled, cut, silent] { #expect(answer == "") }
            #expect(try await Self.isAlive(server))
        }
    }

    @Test("Who speaks plain HTTP, noise or a record that is too large is hung up on, and the next caller is served")
    func notTLS() async throws {
        try await TestServer.serving(tls: TLSPair.files) { server in
            let large = [0x17, 3, 3, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 0xFFFF)
            for bytes in [
                Array("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".utf8), [UInt8](repeating: 7, count: 99), large,
            ] {
                let answer = try await server.raw([bytes])
                #expect(!answer.contains("HTTP/1.1"))
            }
            #expect(try await Self.isAlive(server))
        }
    }

    @Test("An answer of 8 MB reaches a caller that takes it in small bites, whole")
    func slowReader() async throws {
        let picture = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 12) }
        try await TestServer.serving(tls: TLSPair.files, health: FixedHealth(picture: picture)) { server in
            let body = try await TLSCaller.calling(server, receiveBuffer: 4 << 10) {
                try await $0.get("/cameras/front-door/snapshot.jpg")
            }
            #expect(body == picture)
        }
    }

    @Test("A connection that is open goes on while the certificate is replaced; the next one sees the new one")
    func replacedMeanwhile() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder), other = OwnCertificate(storage: folder + "/other")
            try FileManager.default.createDirectory(atPath: folder + "/other", withIntermediateDirectories: true)
            let files = try own.state(for: ["127.0.0.1"], at: .now()).files
            let others = try other.state(for: ["127.0.0.1"], at: .now()).files
            try await TestServer.serving(tls: files, certificatePause: .milliseconds(20)) { server in
                try await TLSCaller.calling(server, trusting: own.authorityFile) { open in
                    #expect(try await !open.get("/healthz").isEmpty)
                    for (from, to) in [
                        (others.keyFile, files.keyFile), (others.certificateFile, files.certificateFile),
                    ] { try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to), options: .atomic) }
                    while try await server.listOverTLS(trusting: other.authorityFile) == nil {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    #expect(try await !open.get("/healthz").isEmpty)
                }
            }
        }
    }

    @Test("Our own commands say in words why they do not reach the API")
    func words() async throws {
        try await TestServer.serving(tls: TLSPair.files) { server in
            func failure(_ place: HTTPCall.Place) async -> String {
                var call = HTTPCall(to: place)
                call.method = "GET"
                call.path = "/healthz"
                do throws(HTTPCall.Failure) { return "\(try await call.send().status)" } catch { return "\(error)" }
            }
            let own = HTTPCall.Trust(file: TLSPair.files.certificateFile, checksAddress: true)
            #expect(await failure(.tcp(host: "localhost", port: server.port, trust: own)) == "200")
            let plain = await failure(.tcp(host: "127.0.0.1", port: server.port, trust: nil))
            #expect(plain.contains("the connection was closed"), "\(plain)")
            try await withTemporaryFolder { folder in
                let other = OwnCertificate(storage: folder)
                _ = try other.state(for: ["127.0.0.1"], at: .now())
                let stranger = HTTPCall.Trust(file: other.authorityFile, checksAddress: true)
                let unknown = await failure(.tcp(host: "127.0.0.1", port: server.port, trust: stranger))
                #expect(unknown.contains("its certificate is refused: self-signed certificate"), "\(unknown)")
            }
            let absent = HTTPCall.Trust(file: "/nowhere.pem", checksAddress: true)
            let noFile = await failure(.tcp(host: "127.0.0.1", port: server.port, trust: absent))
            #expect(noFile.contains("/nowhere.pem"), "\(noFile)")
        }
        try await TestServer.serving { server in
            var call = HTTPCall(
                to: .tcp(
                    host: "127.0.0.1", port: server.port,
                    trust: HTTPCall.Trust(file: TLSPair.files.certificateFile, checksAddress: true)))
            call.method = "GET"
            do throws(HTTPCall.Failure) {
                _ = try await call.send()
                Issue.record("a plain port spoke TLS")
            } catch { #expect("\(error)".contains("does not speak TLS"), "\(error)") }
        }
    }
}

/// A caller whose connection stays open from one request to the next.
struct TLSCaller {
    private var chunks: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let bearer: String
    private var rest: [UInt8] = []

    /// - Parameter receiveBuffer: bytes that the kernel keeps for the caller.
    static func calling<Result: Sendable>(
        _ server: TestServer, trusting file: String = TLSPair.files.certificateFile, receiveBuffer: Int? = nil,
        _ body: @Sendable (inout TLSCaller) async throws -> Result
    ) async throws -> Result {
        let trusted = try TLSContext(trusting: Array(Data(contentsOf: URL(filePath: file))))
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: server.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let connection = try TLSConnection(calling: trusted, host: "127.0.0.1", checksName: true)
                try channel.pipeline.syncOperations.addHandler(TLSHandler(connection))
                return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            var caller = TLSCaller(chunks: inbound.makeAsyncIterator(), outbound: outbound, bearer: server.bearer)
            return try await body(&caller)
        }
    }

    /// The body of an answer with `Content-Length`.
    mutating func get(_ path: String) async throws -> [UInt8] {
        let head = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \(bearer)\r\n\r\n"
        try await outbound.write(ByteBuffer(string: head))
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = rest.prefix(4 << 10).firstRange(of: end) {
                let head = String(decoding: rest[..<range.lowerBound], as: UTF8.self).lowercased()
                let count = head.firstMatch(of: /content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
                while rest.count < range.upperBound + count { try await more() }
                let body = Array(rest[range.upperBound..<(range.upperBound + count)])
                rest.removeFirst(range.upperBound + count)
                return body
            }
            try await more()
        }
    }

    private mutating func more() async throws {
        guard let chunk = try await chunks.next(isolation: #isolation) else { throw ChannelError.eof }
        rest += chunk.readableBytesView
    }
}
