import NIOCore
import NIOHTTP1

/// Sends one request when the connection is there and gathers the answer, of a bounded size and in a bounded time.
final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    struct Setup: Sendable {
        var request: HTTPRequestHead
        var body: [UInt8]
        var within: Duration
    }

    private let setup: Setup
    /// Nil once it is kept.
    private var promise: EventLoopPromise<HTTPCall.Reply>?
    private var reply = HTTPCall.Reply(status: 0, headers: [], body: [])
    private var deadline: Scheduled<Void>?

    init(_ setup: Setup, _ promise: EventLoopPromise<HTTPCall.Reply>) {
        self.setup = setup
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(setup.within)) {
            self.end(context, .failure(.tooLate(seconds: self.setup.within.components.seconds)))
        }
        context.write(wrapOutboundOut(.head(setup.request)), promise: nil)
        if !setup.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: setup.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            reply.status = Int(head.status.code)
            reply.headers = head.headers.map { ($0.name, $0.value) }
        case .body(let buffer):
            guard reply.body.count + buffer.readableBytes <= HTTPCall.largestAnswer else {
                return end(context, .failure(.answerTooLarge(most: HTTPCall.largestAnswer)))
            }
            reply.body.append(contentsOf: buffer.readableBytesView)
        case .end:
            end(context, .success(reply))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, .failure(.brokenAnswer("the connection was closed")))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(context, .failure(.brokenAnswer("\(error)")))
    }

    private func end(_ context: ChannelHandlerContext, _ result: Result<HTTPCall.Reply, HTTPCall.Failure>) {
        guard let promise else { return }
        self.promise = nil
        deadline?.cancel()
        promise.completeWith(result.mapError { $0 as any Error })
        context.close(promise: nil)
    }
}
