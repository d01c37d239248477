package import NIOCore

/// Speaks TLS with the other side of a channel; what lies behind it in the pipeline sees the plain bytes. Holds no more
/// encrypted bytes than the channel lets be written, and does not read while the other side takes nothing.
package final class TLSHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private enum Phase { case handshake, open, closed }

    private enum OutputEnd {
        case open
        /// Once everything is written.
        case wanted(EventLoopPromise<Void>?)
        case said
    }

    private struct Write {
        var bytes: ByteBuffer
        var promise: EventLoopPromise<Void>?
    }

    private let connection: TLSConnection
    private let onFailure: (TLSFailure) -> Void
    private var phase = Phase.handshake
    /// Plain bytes that are not encrypted yet; they are flushed up to the mark.
    private var waiting = MarkedCircularBuffer<Write>(initialCapacity: 4)
    private var outputEnd = OutputEnd.open
    /// The other side has said goodbye.
    private var isInputEnded = false
    private var isPumping = false
    private var isReadHeld = false
    /// What was decrypted and not yet handed on.
    private var plain = ByteBuffer()

    /// - Parameter onFailure: told why, before the channel is closed.
    package init(_ connection: TLSConnection, onFailure: @escaping (TLSFailure) -> Void = { _ in }) {
        self.connection = connection
        self.onFailure = onFailure
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        phase = .closed
        drop(ChannelError.ioOnClosedChannel)
    }

    package func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        begin(context)
    }

    private func begin(_ context: ChannelHandlerContext) {
        do throws(TLSFailure) { try advance(context) } catch { fail(context, error) }
    }

    // MARK: - From the other side

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        do throws(TLSFailure) {
            while phase != .closed, bytes.readableBytes > 0 {
                let count = min(bytes.readableBytes, TLSConnection.largestRecord)
                guard let part = bytes.readSlice(length: count) else { return }
                try connection.take(part)
                try advance(context)
            }
        } catch { fail(context, error) }
    }

    private func advance(_ context: ChannelHandlerContext) throws(TLSFailure) {
        if phase == .handshake {
            let isDone = try connection.shakeHands()
            sendOutput(context)
            // Whoever hears of a write may close the channel.
            guard isDone, phase == .handshake else { return }
            phase = .open
            pump(context)
        }
        guard phase == .open, !isInputEnded else { return }
        try decrypt(context)
        // Answers of TLS's own, such as new keys.
        if phase == .open { sendOutput(context) }
        if phase == .open, isInputEnded { endInput(context) }
    }

    private func decrypt(_ context: ChannelHandlerContext) throws(TLSFailure) {
        // What came whole before something broken is handed on.
        defer { deliver(context) }
        while true {
            switch try connection.read(into: &plain) {
            case .some: continue
            case .nothing: return
            case .goodbye:
                isInputEnded = true
                return
            }
        }
    }

    private func deliver(_ context: ChannelHandlerContext) {
        guard plain.readableBytes > 0 else { return }
        let bytes = plain
        // An idle connection holds nothing.
        plain = ByteBuffer()
        context.fireChannelRead(wrapInboundOut(bytes))
    }

    /// After a goodbye it goes on as after the end of a socket's stream.
    private func endInput(_ context: ChannelHandlerContext) {
        if case .said = outputEnd { return end(context, nil) }
        let allowsHalf = try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)
        guard allowsHalf == true else { return end(context, nil) }
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else { return context.fireUserInboundEventTriggered(event) }
        switch phase {
        case .handshake: fail(context, .endedInHandshake)
        // Without a goodbye: many callers say none. HTTP knows by itself whether a message is whole.
        case .open where !isInputEnded: context.fireUserInboundEventTriggered(event)
        case .open, .closed: break
        }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        let last = phase
        phase = .closed
        let failure: TLSFailure? =
            switch last {
            case .handshake: .endedInHandshake
            case .open: isInputEnded ? nil : .truncated
            case .closed: nil
            }
        drop(failure ?? ChannelError.eof)
        if let failure {
            if last == .handshake { onFailure(failure) }
            context.fireErrorCaught(failure)
        }
        context.fireChannelInactive()
    }

    /// While the other side takes nothing, what it sends could make answers without end.
    package func read(context: ChannelHandlerContext) {
        if context.channel.isWritable { context.read() } else { isReadHeld = true }
    }

    // MARK: - To the other side

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase != .closed else { promise?.fail(ChannelError.ioOnClosedChannel); return }
        guard case .open = outputEnd else { promise?.fail(ChannelError.outputClosed); return }
        waiting.append(Write(bytes: unwrapOutboundIn(data), promise: promise))
    }

    package func flush(context: ChannelHandlerContext) {
        waiting.mark()
        pump(context)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        pump(context)
        if isReadHeld, context.channel.isWritable {
            isReadHeld = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    /// Encrypts and writes as much as the channel takes now.
    private func pump(_ context: ChannelHandlerContext) {
        // Writing tells the channel's handlers at once, which may lead back to here.
        guard phase == .open, !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        do throws(TLSFailure) {
            while phase == .open, waiting.hasMark, context.channel.isWritable {
                while phase == .open, waiting.hasMark, context.channel.isWritable { try encrypt(context) }
                context.flush()
            }
        } catch { return fail(context, error) }
        if phase == .open, !waiting.hasMark, case .wanted(let promise) = outputEnd { endOutput(context, promise) }
    }

    /// Writes one record. Small pieces, as HTTP's head and body, share it.
    private func encrypt(_ context: ChannelHandlerContext) throws(TLSFailure) {
        var record = ByteBuffer()
        var written: EventLoopPromise<Void>?
        while waiting.hasMark, record.readableBytes < TLSConnection.largestRecord {
            let first = waiting.startIndex
            let count = min(
                waiting[first].bytes.readableBytes, TLSConnection.largestRecord - record.readableBytes)
            if var part = waiting[first].bytes.readSlice(length: count) {
                // Of a large piece nothing is copied.
                if record.readableBytes == 0 { record = part } else { record.writeBuffer(&part) }
            }
            if waiting[first].bytes.readableBytes > 0 { break }
            let promise = waiting.removeFirst().promise
            if let written { written.futureResult.cascade(to: promise) } else { written = promise }
        }
        do throws(TLSFailure) {
            if record.readableBytes > 0 { try connection.write(record) }
        } catch {
            written?.fail(error)
            throw error
        }
        context.write(wrapOutboundOut(connection.takeOutput()), promise: written)
    }

    private func sendOutput(_ context: ChannelHandlerContext) {
        guard connection.outputCount > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(connection.takeOutput()), promise: nil)
    }

    // MARK: - The end

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input: context.close(mode: .input, promise: promise)
        case .output where phase == .open:
            guard case .open = outputEnd else { promise?.fail(ChannelError.outputClosed); return }
            outputEnd = .wanted(promise)
            pump(context)
        case .output, .all: end(context, promise)
        }
    }

    private func endOutput(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        outputEnd = .said
        connection.sayGoodbye()
        sendOutput(context)
        if isInputEnded { end(context, promise) } else { context.close(mode: .output, promise: promise) }
    }

    private func end(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        if phase == .open, case .said = outputEnd {} else if phase == .open { connection.sayGoodbye() }
        phase = .closed
        sendOutput(context)
        drop(ChannelError.ioOnClosedChannel)
        context.close(mode: .all, promise: promise)
    }

    private func fail(_ context: ChannelHandlerContext, _ failure: TLSFailure) {
        guard phase != .closed else { return }
        phase = .closed
        // The alert that says why.
        sendOutput(context)
        drop(failure)
        onFailure(failure)
        context.fireErrorCaught(failure)
        context.close(promise: nil)
    }

    private func drop(_ reason: any Error) {
        if case .wanted(let promise) = outputEnd { promise?.fail(reason) }
        outputEnd = .said
        while let write = waiting.popFirst() { write.promise?.fail(reason) }
    }
}
