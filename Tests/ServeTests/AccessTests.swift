import Base
import Foundation
import Logging
import Rekognition
import RekognitionTestSupport
import Serve
import Testing

@Suite struct AccessTests {
    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("The key is made once, is different on each box, and only its owner can read it")
    func credentialsFile() async throws {
        try await withTemporaryFolder { folder in
            let file = CredentialsFile(storage: folder)
            let first = try file.loadOrCreate()
            #expect(try file.loadOrCreate() == first)
            #expect(try Self.mode(file.path) == 0o600)
            #expect(first.secretAccessKey.utf8.count == 40)
            let second = try file.rotate()
            #expect(second.secretAccessKey != first.secretAccessKey)
            #expect(second.accessKeyID != first.accessKeyID)
            #expect(second.bearerToken != first.bearerToken)
            #expect(try Self.mode(file.path) == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["credentials.json"])
        }
    }

    @Test("A key file that others can read, or that is broken, is refused with what to do")
    func brokenCredentials() async throws {
        try await withTemporaryFolder { folder in
            let file = CredentialsFile(storage: folder)
            _ = try file.loadOrCreate()
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
            let exposed = #expect(throws: ServeError.self) { try file.loadOrCreate() }
            #expect(exposed?.description.contains("chmod 600") == true)
            for text in ["", "{}", "[1", #"{"accessKeyId":"","secretAccessKey":"","bearerToken":""}"#] {
                try Data(text.utf8).write(to: URL(filePath: file.path))
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
                let broken = #expect(throws: ServeError.self) { try file.loadOrCreate() }
                #expect(broken?.description.contains("--rotate") == true)
            }
        }
    }

    @Test("While the key file is gone nobody gets in; when it is back, everybody with the key does")
    func lostKey() async throws {
        try await withTemporaryFolder { folder in
            let file = CredentialsFile(storage: folder)
            let keys = KeyRing(file: file, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let good = try #require(keys.current())
            try FileManager.default.moveItem(atPath: file.path, toPath: file.path + ".away")
            #expect(keys.current() == nil)
            try FileManager.default.moveItem(atPath: file.path + ".away", toPath: file.path)
            #expect(keys.current() == good)
        }
    }

    @Test(
        "A key file that is damaged, or open to others, at the start is taken once it is put right, without a restart")
    func repairedKey() async throws {
        try await withTemporaryFolder { folder in
            let file = CredentialsFile(storage: folder)
            try Data("{".utf8).write(to: URL(filePath: file.path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
            let keys = KeyRing(file: file, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(keys.current() == nil)
            #expect(keys.problem?.contains("--rotate") == true)
            let good = try file.rotate()
            #expect(keys.current() == good)
            #expect(keys.problem == nil)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
            #expect(keys.current() == nil)
            #expect(keys.problem?.contains("chmod 600") == true)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
            #expect(keys.current() == good)
        }
    }

    @Test("Without a folder for the key nobody comes in over TCP, and the reason is there")
    func noFolderForTheKey() async throws {
        try await withTemporaryFolder { folder in
            let keys = KeyRing(
                file: CredentialsFile(storage: folder + "/none"),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(keys.current() == nil)
            #expect(keys.problem?.contains("credentials.json") == true)
        }
    }

    @Test("Five wrong tries a second are answered at once, more are slowed down, and the debt passes")
    func failedTries() {
        let tries = FailedTries()
        let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
        let pauses = (0..<8).map { _ in tries.pause(for: "192.0.2.1", at: start).milliseconds }
        #expect(pauses == [0, 0, 0, 0, 0, 200, 400, 600])
        #expect(tries.pause(for: "192.0.2.2", at: start) == .zero, "another peer does not pay for it")
        #expect(tries.pause(for: "192.0.2.1", at: start + .seconds(3)) == .zero)
        for _ in 0..<1000 { #expect(tries.pause(for: "192.0.2.1", at: start) <= .seconds(5)) }
    }

    @Test("The socket can be opened by owner and group only, and a stale one is replaced")
    func socketMode() async throws {
        try await TestServer.serving(staleSocket: true) { server in
            #expect(try Self.mode(server.socket) == 0o660)
            #expect(try await server.send(operation: "ListStreamProcessors", overSocket: true).status == 200)
            let left = try FileManager.default.contentsOfDirectory(atPath: server.folder).sorted()
            #expect(left == ["api.sock", "credentials.json"])
        }
    }

    @Test("A socket that a living program serves, and a file that is no socket, are left alone")
    func socketTaken() async throws {
        try await TestServer.serving { server in
            func serve(_ path: String) async throws {
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let keys = KeyRing(file: CredentialsFile(storage: server.folder), logger: logger)
                let door = RequestHandler(
                    api: RekognitionAPI(control: server.control), streams: KinesisAPI(streams: MemoryStreams()),
                    health: FixedHealth(), keys: keys, logger: logger)
                try await HTTPListener(address: .unixSocket(path: path), door: door, logger: logger).run()
            }
            await #expect(throws: ServeError.socketInUse(path: server.socket)) { try await serve(server.socket) }
            let file = server.folder + "/credentials.json"
            await #expect(throws: ServeError.socketPathTaken(path: file)) { try await serve(file) }
            let long = server.folder + "/" + String(repeating: "x", count: 120)
            await #expect(throws: ServeError.socketPathTooLong(path: long)) { try await serve(long) }
            let reply = try await server.send(operation: "ListStreamProcessors", overSocket: true)
            #expect(reply.status == 200)
        }
    }
}
