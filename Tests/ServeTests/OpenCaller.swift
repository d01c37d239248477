import Foundation
import NIOCore
import NIOPosix
import Serve

/// A caller whose connection stays open, and who hears what comes as it comes.
struct OpenCaller {
    private var chunks: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let bearer: String
    /// What came and was not taken yet.
    private var rest: [UInt8] = []

    /// - Parameters:
    ///   - file: certificates to trust; nil calls without TLS.
    ///   - receiveBuffer: bytes that the kernel keeps for the caller.
    static func calling<Result: Sendable>(
        _ server: TestServer, trusting file: String? = nil, receiveBuffer: Int? = nil,
        _ body: @Sendable (inout OpenCaller) async throws -> Result
    ) async throws -> Result {
        let trusted = try file.map { try TLSContext(trusting: Array(Data(contentsOf: URL(filePath: $0)))) }
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: server.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                if let trusted {
                    let connection = try TLSConnection(calling: trusted, host: "127.0.0.1", checksName: true)
                    try channel.pipeline.syncOperations.addHandler(TLSHandler(connection))
                }
                return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            var caller = OpenCaller(chunks: inbound.makeAsyncIterator(), outbound: outbound, bearer: server.bearer)
            return try await body(&caller)
        }
    }

    /// - Parameter who: the header that says so; nil for the bearer token.
    mutating func ask(_ path: String, _ who: String? = nil) async throws {
        let head = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(who ?? "Authorization: \(bearer)")\r\n\r\n"
        try await outbound.write(ByteBuffer(string: head))
    }

    /// The body of an answer with `Content-Length`.
    mutating func get(_ path: String) async throws -> [UInt8] {
        try await ask(path)
        let head = String(decoding: try await hear(to: "\r\n\r\n"), as: UTF8.self).lowercased()
        let count = head.firstMatch(of: /content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
        while rest.count < count { try await more() }
        defer { rest.removeFirst(count) }
        return Array(rest.prefix(count))
    }

    /// All that comes up to a mark, with it; marks come early in what is there.
    mutating func hear(to mark: String) async throws -> [UInt8] {
        while true {
            if let range = rest.firstRange(of: Array(mark.utf8)) {
                defer { rest.removeFirst(range.upperBound) }
                return Array(rest[..<range.upperBound])
            }
            try await more()
        }
    }

    /// All that comes until the connection ends.
    mutating func hearAll() async throws -> [UInt8] {
        while let chunk = try await chunks.next(isolation: #isolation) { rest += chunk.readableBytesView }
        return rest
    }

    private mutating func more() async throws {
        guard let chunk = try await chunks.next(isolation: #isolation) else { throw ChannelError.eof }
        rest += chunk.readableBytesView
    }
}
