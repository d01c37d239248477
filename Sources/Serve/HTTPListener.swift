import Base
import Glibc
import HTTPTypes
import HummingbirdCore
package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Runtime
import ServiceLifecycle
package import Settings
import Synchronization

/// Serves one address, TCP or unix socket: the only file that knows the HTTP library.
package struct HTTPListener: Service {
    package enum Address: Sendable, Equatable, CustomStringConvertible {
        /// A numeric address; port 0 takes a free one.
        case tcp(address: String, port: Int, tls: APISettings.TLS?, plaintext: Bool)
        case unixSocket(path: String)

        package var description: String {
            switch self {
            case .tcp(let address, let port, _, _):
                address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
            case .unixSocket(let path): path
            }
        }
    }

    /// What one stranger may use up.
    package struct Limits: Sendable {
        /// All connections of this listener; more wait in the kernel's queue.
        package var connections = 256
        package var headerBytes = 32 << 10
        /// From a connection's start, or the last answer, to the end of the next request's head.
        package var idle = Duration.seconds(15)
        /// At most, whatever the route says, from a request's head to the last byte of its answer.
        package var request = Duration.seconds(60)
        /// At most, whatever the route says, from a request's head to the end of its body.
        package var body = Duration.seconds(30)
        /// At most, whatever the route says, until a caller has taken one piece of an answer that comes in pieces.
        package var piece = Duration.seconds(10)
        /// All bodies at the same time, but for the first `smallBody` bytes of each. A picture takes three times its body
        /// until it is decoded.
        package var bodyBytesAtOnce = 16 << 20
        /// So that large bodies never leave small requests without room.
        package var smallBody = 64 << 10

        package init() {}
    }

    private let address: Address
    private let limits: Limits
    private let door: RequestHandler
    private let logger: Logger
    private let onBound: @Sendable (Int?) -> Void
    private let bodyBytes: Budget
    private let certificatePause: Duration

    /// - Parameters:
    ///   - certificatePause: how often the files of the certificate are looked at.
    ///   - onBound: called once when connections are accepted, with the TCP port.
    package init(
        address: Address, limits: Limits = Limits(), door: RequestHandler,
        certificatePause: Duration = .seconds(5), logger: Logger,
        onBound: @escaping @Sendable (_ port: Int?) -> Void = { _ in }
    ) {
        self.address = address
        self.limits = limits
        bodyBytes = Budget(limits.bodyBytesAtOnce)
        self.door = door
        self.logger = logger
        self.onBound = onBound
        self.certificatePause = certificatePause
    }

    /// Serves until the surrounding task is cancelled or its service group shuts down; requests in progress are finished.
    /// - Throws: `ServeError` when the address cannot be served.
    package func run() async throws {
        switch address {
        case .tcp(let host, let port, let tls, let plaintext):
            guard tls != nil || plaintext || NumericAddress(host)?.isLoopback == true else {
                throw ServeError.plaintextRefused(address: host)
            }
            try await serve(at: .hostname(host, port: port), try tls.map(ServedCertificate.init)) { channel in
                onBound(channel.localAddress?.port)
            }
        case .unixSocket(let path):
            let file = try SocketFile(path: path)
            defer { file.remove() }
            let failure = Mutex<ServeError?>(nil)
            try await serve(at: .unixDomainSocket(path: file.bindPath), nil) { channel in
                do throws(ServeError) {
                    try file.publish()
                    onBound(nil)
                } catch {
                    failure.withLock { $0 = error }
                    channel.close(promise: nil)
                }
            }
            if let error = failure.withLock({ $0 }) { throw error }
        }
    }

    private func serve(
        at bind: BindAddress, _ certificate: ServedCertificate?, whenBound: @escaping @Sendable (any Channel) -> Void
    ) async throws {
        // Ours tells what users want to know; the library speaks only when something is wrong.
        var library = logger
        library.logLevel = max(.warning, logger.logLevel)
        let server = try builder(certificate).buildServer(
            configuration: ServerConfiguration(
                address: bind,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: library)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: library,
            responder: { request, writer, channel in
                let response = await respond(to: request, on: channel)
                do { try await writer.write(response: response.head, body: response.body) } catch is HTTPParserError {
                    // The library would answer broken HTTP a second time.
                    throw AnswerCutShort()
                }
            }, onServerRunning: { whenBound($0) })
        do {
            try await withThrowingDiscardingTaskGroup { tasks in
                tasks.addTask { await certificate?.follow(every: certificatePause, logger) }
                defer { tasks.cancelAll() }
                try await server.run()
            }
        } catch let error as IOError {
            throw ServeError.cannotBind(address: "\(address)", reason: Self.words(for: error.errnoCode))
        }
    }

    private static func words(for code: CInt) -> String {
        switch code {
        case EADDRNOTAVAIL: "this box does not have that address now"
        case EADDRINUSE: "another program listens there"
        case EACCES: "this user may not (a port below 1024 is root's)"
        default: "\(SystemError(call: "bind", errno: code))"
        }
    }

    private func builder(_ certificate: ServedCertificate?) -> HTTPServerBuilder {
        let limits = limits
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard { allowance(for: $0) }],
            idleTimeout: TimeAmount(limits.idle),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                maxHeaderFieldCount: 100))
        guard let certificate else { return .http1(configuration: configuration) }
        return HTTPServerBuilder { responder in
            TLSChannel(
                base: HTTP1Channel(responder: responder, configuration: configuration), certificate: certificate,
                logger: logger)
        }
    }

    private func respond(to request: Request, on channel: any Channel) async -> Response {
        // Held until the answer is made: so long does the body live.
        let share = bodyBytes.share()
        let head = head(of: request.head, from: peer(of: channel))
        let answer = await door.answer(head) { () async throws(RequestHandler.BodyFailure) in
            try await body(of: request, share, atMost: Routes.limits(for: head).body)
        }
        withExtendedLifetime(share) {}
        var fields: HTTPFields = [.contentType: answer.contentType, .date: HTTPDate.text(.now())]
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        fields[.xContentTypeOptions] = "nosniff"
        if answer.closesConnection { fields[.connection] = "close" }
        let status = HTTPResponse.Status(code: answer.status)
        switch answer.body {
        case .whole(let bytes):
            return Response(
                status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .pieces(let pieces):
            let body = ResponseBody { writer in
                var wanted = PiecesOnDemand(pieces, until: try await ConnectionGuard.end(of: channel).get())
                while let piece = await wanted.next() { try await writer.write(ByteBuffer(bytes: piece)) }
                try await writer.finish(nil)
            }
            return Response(status: status, headers: fields, body: body)
        }
    }

    /// What a request with this head may use up here.
    private func allowance(for request: HTTPRequest) -> RouteLimits {
        var allowed = Routes.limits(for: head(of: request, from: .unixSocket))
        allowed.bodyWithin = min(allowed.bodyWithin, limits.body)
        allowed.answerWithin = min(allowed.answerWithin, limits.request)
        allowed.pieceWithin = allowed.pieceWithin.map { min($0, limits.piece) }
        return allowed
    }

    private func head(of request: HTTPRequest, from peer: RequestHead.Peer) -> RequestHead {
        // The library takes the first Host header out of the others.
        let host = request.authority.map { [("host", $0)] } ?? []
        let fields = request.headerFields.map { ($0.name.canonicalName, $0.value) }
        var isSecure = false
        if case .tcp(_, _, .some, _) = address { isSecure = true }
        return RequestHead(
            method: request.method.rawValue, target: request.path ?? "", headers: host + fields, peer: peer,
            isSecure: isSecure)
    }

    private func peer(of channel: any Channel) -> RequestHead.Peer {
        if case .unixSocket = address { return .unixSocket }
        return .tcp(address: channel.remoteAddress?.ipAddress ?? "unknown")
    }

    private func body(of request: Request, _ share: Budget.Share, atMost most: Int)
        async throws(RequestHandler.BodyFailure) -> [UInt8]
    {
        let stated = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard stated <= most else { throw .tooLarge }
        var bytes: [UInt8] = []
        do {
            for try await chunk in request.body {
                guard bytes.count + chunk.readableBytes <= most else { throw RequestHandler.BodyFailure.tooLarge }
                if bytes.isEmpty { bytes.reserveCapacity(stated) }
                let large = bytes.count + chunk.readableBytes - limits.smallBody
                let more = min(chunk.readableBytes, max(0, large))
                guard share.take(more) else { throw RequestHandler.BodyFailure.noRoom }
                bytes.append(contentsOf: chunk.readableBytesView)
            }
            return bytes
        } catch let failure as RequestHandler.BodyFailure {
            throw failure
        } catch is ConnectionGuard.BodyTooSlow {
            throw .tooSlow
        } catch {
            throw .broken
        }
    }
}

/// The caller stopped speaking HTTP while it was answered.
private struct AnswerCutShort: Error {}

/// A connection on which HTTP is spoken inside TLS.
private struct TLSChannel: ServerChildChannel {
    let base: HTTP1Channel
    let certificate: ServedCertificate
    let logger: Logger

    func setup(channel: any Channel, logger library: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.eventLoop.makeCompletedFuture {
            let connection = try TLSConnection(accepting: certificate.context)
            let peer = channel.remoteAddress?.ipAddress ?? "unknown"
            try channel.pipeline.syncOperations.addHandler(
                TLSHandler(connection) { [logger] failure in
                    logger.debug("TLS with a caller failed", metadata: ["peer": "\(peer)", "error": "\(failure)"])
                })
        }.flatMap { base.setup(channel: channel, logger: library) }
    }

    func handle(value: HTTP1Channel.Value, logger library: Logger) async {
        await base.handle(value: value, logger: library)
    }
}
