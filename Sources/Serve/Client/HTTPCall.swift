import Base
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Runtime

/// One HTTP/1.1 request and its answer, on a connection of its own: how commands on the box speak to its API. Follows no
/// redirection and knows no proxy.
package struct HTTPCall: Sendable {
    /// Whom to call.
    package enum Place: Sendable, Equatable, CustomStringConvertible {
        case unixSocket(path: String)
        /// A numeric address or a name; TLS when it is said whom to trust.
        case tcp(host: String, port: Int, trust: Trust?)

        package var description: String {
            switch self {
            case .unixSocket(let path): path
            case .tcp(let host, let port, _): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            }
        }
    }

    /// The only certificates that count.
    package struct Trust: Sendable, Equatable {
        /// PEM.
        package var file: String
        /// Whether the certificate must hold the address that is called.
        package var checksAddress: Bool

        package init(file: String, checksAddress: Bool) {
            self.file = file
            self.checksAddress = checksAddress
        }
    }

    /// What came back.
    package struct Reply: Sendable {
        package var status: Int
        /// In the order in which they came.
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]
    }

    /// Why no answer came.
    package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        case cannotConnect(String)
        case certificates(file: String, reason: String)
        case brokenAnswer(String)
        case answerTooLarge(most: Int)
        case tooLate(seconds: Int64)

        package var description: String {
            switch self {
            case .cannotConnect(let reason): reason
            case .certificates(let file, let reason): "\(file): \(reason)"
            case .brokenAnswer(let reason): "no whole answer: \(reason)"
            case .answerTooLarge(let most): "the answer is larger than \(most) bytes"
            case .tooLate(let seconds): "no answer within \(seconds) s"
            }
        }
    }

    /// Bytes of an answer's body.
    package static let largestAnswer = 16 << 20

    package var place: Place
    package var method = "POST"
    /// With the query, percent-encoded.
    package var path = "/"
    /// Beside Host, Content-Length and Connection.
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8] = []
    /// From the connection to the end of the answer.
    package var within = Duration.seconds(30)

    package init(to place: Place) { self.place = place }

    /// Makes the connection, asks, and reads the whole answer.
    package func send() async throws(Failure) -> Reply {
        let tls = try tlsConnections()
        let collector = AnswerCollector.Setup(request: head, body: body, within: within)
        let answer: EventLoopFuture<Reply>
        do {
            let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Reply.self)
            answer = promise.futureResult
            connect(promise, tls, collector)
            return try await answer.get()
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .cannotConnect("\(error)")
        }
    }

    private func connect(
        _ promise: EventLoopPromise<Reply>, _ tls: (@Sendable () throws -> TLSConnection)?,
        _ setup: AnswerCollector.Setup
    ) {
        let bootstrap = ClientBootstrap(group: promise.futureResult.eventLoop)
            .connectTimeout(min(.seconds(5), TimeAmount(within)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(TLSHandler(tls())) }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(AnswerCollector(setup, promise))
                }
            }
        let connection =
            switch place {
            case .unixSocket(let path): bootstrap.connect(unixDomainSocketPath: path)
            case .tcp(let host, let port, _): bootstrap.connect(host: host, port: port)
            }
        connection.whenFailure { promise.fail(Failure.cannotConnect("\($0)")) }
    }

    /// Makes TLS for the connection; nil = without TLS.
    private func tlsConnections() throws(Failure) -> (@Sendable () throws -> TLSConnection)? {
        guard case .tcp(let host, _, let trust?) = place else { return nil }
        let context: TLSContext
        do {
            context = try TLSContext(
                trusting: OwnedFileDescriptor.opening(trust.file, O_RDONLY).read(atMost: 1 << 20))
        } catch {
            throw .certificates(file: trust.file, reason: "\(error)")
        }
        return { try TLSConnection(calling: context, host: host, checksName: trust.checksAddress) }
    }

    private var head: HTTPRequestHead {
        var fields = HTTPHeaders(headers.map { ($0.name, $0.value) })
        if !fields.contains(name: "Host") {
            if case .tcp = place {
                fields.add(name: "Host", value: "\(place)")
            } else {
                fields.add(name: "Host", value: "localhost")
            }
        }
        fields.add(name: "Connection", value: "close")
        if method == "POST" || !body.isEmpty { fields.add(name: "Content-Length", value: String(body.count)) }
        return HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path, headers: fields)
    }
}
