import Base
import Foundation
import NIOHTTP1
import Rekognition
import RekognitionTestSupport
import Serve
import Settings
import Synchronization
import Testing

@Suite("A camera's live pictures", .timeLimit(.minutes(2)))
struct LiveTests {
    private static let path = "/cameras/front-door/live.mjpg"
    static let live = FixedHealth(picture: [0xFF, 0xD8, 1, 2, 3, 0xFF, 0xD9], isLive: true)

    @Test(
        "A player gets one picture after the other, over TLS too, and its place is free when it goes",
        arguments: [nil, TLSPair.files.certificateFile])
    func pictures(trusting file: String?) async throws {
        try await TestServer.serving(tls: file.map { _ in TLSPair.files }, health: Self.live) { server in
            for _ in 0..<3 {
                try await OpenCaller.calling(server, trusting: file) { viewer in
                    try await viewer.ask(Self.path)
                    let head = String(decoding: try await viewer.hear(to: "\r\n\r\n"), as: UTF8.self).lowercased()
                    #expect(head.hasPrefix("http/1.1 200") && head.contains("multipart/x-mixed-replace; boundary="))
                    for _ in 0..<3 {
                        let part = try await viewer.hear(to: "\u{1}\u{2}\u{3}")
                        let text = String(decoding: part, as: UTF8.self)
                        #expect(text.contains("Content-Type: image/jpeg\r\nContent-Length: 7\r\n\r\n"), "\(text)")
                    }
                }
            }
            if file == nil { try await server.until("porchlight_api_viewers", is: 0) }
        }
    }

    @Test("One viewer more than there are places is refused in words, and the others go on looking")
    func places() async throws {
        try await TestServer.serving(health: Self.live) { server in
            try await server.fillPlaces(Self.path, hearing: "\u{1}\u{2}\u{3}")
            try await server.until("porchlight_api_viewers", is: 0)
        }
    }

    @Test("What a camera showed before it was moved is there while that is told, and only then")
    func before() async throws {
        let path = "/cameras/front-door/before.jpg"
        try await TestServer.serving(health: Self.live) { server in
            let picture = try await server.send(.GET, path, authorization: server.bearer)
            #expect(picture.status == 200 && picture.headers.first(name: "content-type") == "image/jpeg")
            #expect(picture.body == Self.live.picture && picture.headers.first(name: "cache-control") == "no-store")
        }
        try await TestServer.serving { server in
            let none = try await server.send(.GET, path, authorization: server.bearer)
            #expect(none.error == "ResourceNotFoundException")
        }
    }

    @Test("A camera that is not there, and one without a new picture, hold nobody's place for nothing")
    func nothingToSee() async throws {
        try await TestServer.serving { server in
            let absent = try await server.send(.GET, "/cameras/nobody/live.mjpg", authorization: server.bearer)
            #expect(absent.error == "ResourceNotFoundException")
            try await OpenCaller.calling(server) { viewer in
                try await viewer.ask(Self.path)
                _ = try await viewer.hear(to: "Content-Length: 4\r\n\r\n")
            }
            try await server.until("porchlight_api_viewers", is: 0)
        }
    }

    @Test("A viewer who takes nothing loses its place; a program that ends says goodbye to those who look")
    func ends() async throws {
        var limits = HTTPListener.Limits()
        limits.piece = .milliseconds(300)
        let large = FixedHealth(picture: [UInt8](repeating: 1, count: 8 << 20), isLive: true)
        try await TestServer.serving(limits: limits, health: large) { server in
            try await OpenCaller.calling(server, receiveBuffer: 4 << 10) { viewer in
                try await viewer.ask(Self.path)
                try await server.until("porchlight_api_viewers", is: 1)
                try await server.until("porchlight_api_viewers", is: 0)
            }
        }
        let (seen, sees) = AsyncStream.makeStream(of: Void.self)
        let viewer = Mutex<Task<[UInt8], any Error>?>(nil)
        try await TestServer.serving(health: Self.live) { server in
            let task = Task {
                try await OpenCaller.calling(server) { viewer in
                    try await viewer.ask(Self.path)
                    _ = try await viewer.hear(to: "\u{1}\u{2}\u{3}")
                    sees.yield()
                    return try await viewer.hearAll()
                }
            }
            viewer.withLock { $0 = task }
            for await _ in seen { break }
        }
        let heard = try await viewer.withLock { $0 }?.value ?? []
        #expect(heard.suffix(5) == Array("0\r\n\r\n".utf8)[...], "the answer is whole")
    }
}
