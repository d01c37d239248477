import Base
import Foundation
import NIOCore
import NIOEmbedded
import Serve
import Settings

/// A caller and a listener that speak TLS without a network between them: bytes pass when a test says so.
final class TLSPair {
    static let files: APISettings.TLS = {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path()
        return APISettings.TLS(
            certificateFile: fixtures + "/test-only-cert.pem", keyFile: fixtures + "/test-only-key.pem")
    }()

    let caller = EmbeddedChannel()
    let listener = EmbeddedChannel()
    let listenersSocket = SocketEnd()
    private(set) var callerFailures: [TLSFailure] = []
    private(set) var listenerFailures: [TLSFailure] = []

    /// - Parameter trust: PEM; the listener's own certificate when nil.
    init(calling host: String = "127.0.0.1", checksName: Bool = true, trusting trust: [UInt8]? = nil) throws {
        let trust = try trust ?? Array(Data(contentsOf: URL(filePath: Self.files.certificateFile)))
        let calling = try TLSConnection(
            calling: TLSContext(trusting: trust), host: host, checksName: checksName)
        let accepting = try TLSConnection(accepting: TLSContext(serving: Self.files))
        listener.allowRemoteHalfClosure = true
        try caller.pipeline.syncOperations.addHandler(SocketEnd())
        try listener.pipeline.syncOperations.addHandler(listenersSocket)
        try caller.pipeline.syncOperations.addHandler(
            TLSHandler(calling) { [unowned self] in callerFailures.append($0) })
        try listener.pipeline.syncOperations.addHandler(
            TLSHandler(accepting) { [unowned self] in listenerFailures.append($0) })
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 443)
        for channel in [listener, caller] { channel.connect(to: address, promise: nil) }
    }

    /// Carries bytes both ways until nobody has any more to send.
    /// - Parameters:
    ///   - size: bytes that arrive at once.
    ///   - change: what the network makes of the caller's bytes.
    func exchange(in size: Int = .max, _ change: ([UInt8]) -> [UInt8] = { $0 }) {
        while true {
            let (asked, answered) = (bytes(from: caller), bytes(from: listener))
            if asked.isEmpty, answered.isEmpty { return }
            give(change(asked), to: listener, in: size)
            give(answered, to: caller, in: size)
        }
    }

    /// What a side wants to send now.
    func bytes(from side: EmbeddedChannel) -> [UInt8] {
        var bytes: [UInt8] = []
        while let part = try? side.readOutbound(as: ByteBuffer.self) { bytes += part.readableBytesView }
        return bytes
    }

    func give(_ bytes: [UInt8], to side: EmbeddedChannel, in size: Int = .max) {
        var rest = bytes[...]
        while !rest.isEmpty, side.isActive {
            // Errors come out here too; tests look at what the handlers told.
            _ = try? side.writeInbound(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
    }

    /// How a caller begins.
    func bytesOfHello() -> [UInt8] { bytes(from: caller) }

    /// What a side has been told.
    func heard(by side: EmbeddedChannel) -> [UInt8] {
        var bytes: [UInt8] = []
        while let part = try? side.readInbound(as: ByteBuffer.self) { bytes += part.readableBytesView }
        return bytes
    }

    func say(_ bytes: [UInt8], from side: EmbeddedChannel) {
        side.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }
}

/// Stands for the socket: closes its output alone when it is asked to, which embedded channels cannot, and counts reads.
final class SocketEnd: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private(set) var reads = 0

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output { promise?.succeed() } else { context.close(mode: mode, promise: promise) }
    }
}
