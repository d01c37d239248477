import Base
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Rekognition
import RekognitionTestSupport
import Runtime
import Serve
import ServiceLifecycle
import Settings
import Synchronization

/// The whole room on loopback and on a unix socket, with a control room without cameras behind it.
struct TestServer: Sendable {
    let port: Int
    let socket: String
    let folder: String
    let credentials: Credentials
    let control: InMemoryControl

    /// Serves while `body` runs, then ends as systemd ends it.
    static func serving(
        limits: HTTPListener.Limits = HTTPListener.Limits(), tls: APISettings.TLS? = nil,
        health: FixedHealth = FixedHealth(), looks: (any LookSource)? = nil, page: PageFiles = PageFiles(),
        log: LogMemory = LogMemory(),
        household: Household? = nil, faces: (any FaceReading)? = nil, staleSocket: Bool = false,
        certificatePause: Duration = .seconds(5),
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let quiet = logger
            let keys = KeyRing(file: CredentialsFile(storage: folder), mask: log.mask, logger: quiet)
            let control = InMemoryControl()
            var api = RekognitionAPI(control: control)
            if let household, let faces {
                api = RekognitionAPI(
                    control: control, pictures: ScriptedPictures(.failure(.stopping)), faces: faces,
                    collections: household.collections)
            }
            let door = RequestHandler(
                api: api, streams: KinesisAPI(streams: MemoryStreams()), health: health, keys: keys,
                household: household, modes: ModeAPI(control: InMemoryModes()), looks: looks, page: page,
                log: log, logger: quiet)
            let socket = folder + "/api.sock"
            if staleSocket {
                let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .bind(unixDomainSocketPath: socket).get()
                try await channel.close()
            }
            let (ports, bound) = AsyncStream.makeStream(of: Int?.self)
            let listeners = [
                HTTPListener.Address.tcp(address: "127.0.0.1", port: 0, tls: tls, plaintext: false),
                .unixSocket(path: socket),
            ].map { address in
                HTTPListener(
                    address: address, limits: limits, door: door, certificatePause: certificatePause, logger: quiet
                ) { bound.yield($0) }
            }
            let group = ServiceGroup(services: listeners, logger: quiet)
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { try await group.run() }
                var port = 0
                var waiting = listeners.count
                for await number in ports {
                    port = max(port, number ?? 0)
                    waiting -= 1
                    if waiting == 0 { break }
                }
                let credentials = try CredentialsFile(storage: folder).load()
                let server = TestServer(
                    port: port, socket: socket, folder: folder, credentials: credentials, control: control)
                do { try await body(server) } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    struct Reply: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
        var json: JSONValue { (try? JSONParser.parse(body)) ?? .null }
        var error: String? { json["__type"]?.string }
    }

    /// One ordinary request. `authorization` nil sends none.
    func send(
        _ method: HTTPMethod = .POST, _ path: String = "/", operation: String? = nil,
        _ body: [UInt8] = Array("{}".utf8),
        headers: HTTPHeaders = [:], authorization: String? = nil, overSocket: Bool = false,
        trust: HTTPCall.Trust? = nil
    ) async throws -> Reply {
        var call = HTTPCall(
            to: overSocket ? .unixSocket(path: socket) : .tcp(host: "127.0.0.1", port: port, trust: trust))
        call.method = method.rawValue
        call.path = path
        call.within = .seconds(20)
        var headers = headers
        if method == .POST || method == .PUT {
            if !headers.contains(name: "Content-Type") {
                headers.add(name: "Content-Type", value: "application/x-amz-json-1.1")
            }
            call.body = body
        }
        if let operation { headers.add(name: "X-Amz-Target", value: "RekognitionService.\(operation)") }
        if let authorization { headers.add(name: "Authorization", value: authorization) }
        call.headers = headers.map { ($0.name, $0.value) }
        let reply = try await call.send()
        return Reply(
            status: reply.status, headers: HTTPHeaders(reply.headers.map { ($0.name, $0.value) }), body: reply.body)
    }

    /// A call of somebody who trusts the certificates in a file; nil when the connection is not made.
    func listOverTLS(trusting file: String) async throws -> Reply? {
        try? await send(
            operation: "ListStreamProcessors", authorization: bearer,
            trust: HTTPCall.Trust(file: file, checksAddress: true))
    }

    var bearer: String { "Bearer \(credentials.bearerToken)" }

    /// Writes raw bytes and reads until the server closes. `pieces` are sent one after the other.
    func raw(_ pieces: [[UInt8]]) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let text = Mutex<[UInt8]>([])
        // The server may close before everything is written, or reset: both are its right, also while we close.
        try? await channel.executeThenClose { inbound, outbound in
            for piece in pieces { try? await outbound.write(ByteBuffer(bytes: piece)) }
            for try await chunk in inbound {
                text.withLock { if $0.count < 1 << 16 { $0 += Array(chunk.readableBytesView) } }
            }
        }
        return String(decoding: text.withLock { $0 }, as: UTF8.self)
    }
}

extension CredentialsFile {
    /// As the daemon has it.
    init(storage: String) {
        self.init(StorageFile(path: storage + "/credentials.json", mode: 0o600, mostBytes: 4096))
    }
}

extension OwnCertificate {
    /// As the daemon has it.
    init(storage: String) { self.init(folder: storage + "/tls") }
}
