import Base
import Foundation
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
                    group.addTask {
                        try await OpenCaller.calling(server, trusting: TLSPair.files.certificateFile) {
                            _ = try await $0.get("/healthz")
                        }
                    }
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
        // Larger bites than those of `LiveTests`: the answer has 20 s, beside all other tests.
        let picture = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 12) }
        try await TestServer.serving(tls: TLSPair.files, health: FixedHealth(picture: picture)) { server in
            let body = try await OpenCaller.calling(
                server, trusting: TLSPair.files.certificateFile, receiveBuffer: 64 << 10
            ) {
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
                try await OpenCaller.calling(server, trusting: own.authorityFile) { open in
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
