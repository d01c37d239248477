import Base
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Rekognition

/// Watches one connection: a body must arrive and an answer be taken in the route's time, broken HTTP is answered with 4xx, and an
/// answer that says `Connection: close` is followed by a close that lets the caller read it first. Of an answer in pieces each
/// must be taken in time. When the program ends a request in progress gets a moment more, not its whole time, and an answer
/// in pieces gets its last one.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    struct BodyTooSlow: Error {}

    /// For the caller to read an answer before the connection is torn down with its unread body.
    private static let linger = TimeAmount.seconds(1)
    /// For a request in progress when the program ends.
    private static let shutdownLimit = TimeAmount.milliseconds(500)

    private let limits: @Sendable (HTTPRequest) -> RouteLimits
    /// For the answers that are not made yet, in the order in which they were asked for.
    private var unanswered = CircularBuffer<RouteLimits>(initialCapacity: 2)
    private var closesAfterAnswer = false
    /// While an answer in pieces is written.
    private var pieceWithin: TimeAmount?
    private var piecesOnTheirWay = 0
    private var isClosing = false
    private var bodyDeadline: Scheduled<Void>?
    private var answerDeadline: Scheduled<Void>?
    private var endDeadline: Scheduled<Void>?
    /// Nothing more comes from the caller, or the program ends.
    private var isOver: EventLoopPromise<Void>?

    /// - Parameter limits: what a request with this head may use up.
    init(_ limits: @escaping @Sendable (HTTPRequest) -> RouteLimits) { self.limits = limits }

    /// Succeeds when the caller has gone or said all, or the program ends.
    static func end(of channel: any Channel) -> EventLoopFuture<EventLoopFuture<Void>> {
        channel.eventLoop.submit {
            guard let over = try channel.pipeline.syncOperations.handler(type: ConnectionGuard.self).isOver else {
                throw ChannelError.ioOnClosedChannel
            }
            return over.futureResult
        }
    }

    func handlerAdded(context: ChannelHandlerContext) { isOver = context.eventLoop.makePromise() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let limits = limits(head)
            unanswered.append(limits)
            bodyDeadline?.cancel()
            bodyDeadline = schedule(context, in: TimeAmount(limits.bodyWithin)) { $0.fireErrorCaught(BodyTooSlow()) }
            if unanswered.count == 1 { awaitAnswer(context) }
        case .body: break
        case .end: bodyDeadline?.cancel()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            closesAfterAnswer = head.headerFields[.connection] == "close"
            context.write(data, promise: promise)
            beginPieces(context)
        case .body:
            if let pieceWithin {
                writePiece(context, data, promise, pieceWithin)
            } else {
                context.write(data, promise: promise)
            }
        case .end:
            _ = unanswered.popFirst()
            pieceWithin = nil
            answerDeadline?.cancel()
            if closesAfterAnswer {
                context.writeAndFlush(data, promise: promise)
                closeGently(context)
            } else {
                awaitAnswer(context)
                context.write(data, promise: promise)
            }
        }
    }

    /// The next answer has its whole time from here on.
    private func awaitAnswer(_ context: ChannelHandlerContext) {
        guard let time = unanswered.first?.answerWithin else { return }
        answerDeadline = schedule(context, in: TimeAmount(time)) { $0.close(promise: nil) }
    }

    private func beginPieces(_ context: ChannelHandlerContext) {
        guard let time = unanswered.first?.pieceWithin else { return }
        pieceWithin = TimeAmount(time)
        answerDeadline?.cancel()
    }

    private func writePiece(
        _ context: ChannelHandlerContext, _ piece: NIOAny, _ promise: EventLoopPromise<Void>?, _ time: TimeAmount
    ) {
        let taken = promise ?? context.eventLoop.makePromise()
        piecesOnTheirWay += 1
        if piecesOnTheirWay == 1 { awaitPiece(context, time) }
        taken.futureResult.assumeIsolated().whenComplete { _ in
            self.piecesOnTheirWay -= 1
            guard self.pieceWithin != nil else { return }
            self.answerDeadline?.cancel()
            if self.piecesOnTheirWay > 0 { self.awaitPiece(context, time) }
        }
        context.write(piece, promise: taken)
    }

    private func awaitPiece(_ context: ChannelHandlerContext, _ time: TimeAmount) {
        answerDeadline = schedule(context, in: time) { $0.close(promise: nil) }
    }

    /// The listener ends: idle connections are closed by the library, the others here.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, endDeadline == nil {
            endDeadline = schedule(context, in: Self.shutdownLimit) { $0.close(promise: nil) }
            isOver?.succeed()
        }
        if event as? ChannelEvent == .inputClosed { isOver?.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    /// Broken HTTP before a request has begun: nobody else will answer it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let parserError = error as? HTTPParserError, unanswered.isEmpty else {
            return context.fireErrorCaught(error)
        }
        // What still comes after the last answer is of no interest.
        if isClosing { return }
        let isTooLong = parserError == .headerOverflow
        let error = APIError(
            .serialization, isTooLong ? "The header is too long." : "The request is not HTTP/1.1.")
        let body = error.json.jsonBytes
        let head = HTTPResponse(
            status: isTooLong ? .requestHeaderFieldsTooLarge : .badRequest,
            headerFields: [
                .connection: "close", .contentType: Routes.contentType, .contentLength: String(body.count),
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        closeGently(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        bodyDeadline?.cancel()
        answerDeadline?.cancel()
        endDeadline?.cancel()
        isOver?.succeed()
    }

    private func closeGently(_ context: ChannelHandlerContext) {
        isClosing = true
        // Where the half cannot be closed alone, the whole is closed below.
        context.close(mode: .output, promise: nil)
        answerDeadline = schedule(context, in: Self.linger) { $0.close(promise: nil) }
    }

    private func schedule(
        _ context: ChannelHandlerContext, in time: TimeAmount, _ action: @escaping (ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: time) { action(context) }
    }
}
