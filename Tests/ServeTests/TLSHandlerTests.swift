import Base
import Foundation
import NIOCore
import NIOEmbedded
import Serve
import TestSupport
import Testing

@Suite("TLS between a caller and the API, without a network")
struct TLSHandlerTests {
    private static let largeText = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    @Test("What one side says, the other hears, in whatever parts it arrives", arguments: [1, 7, 1_000, Int.max])
    func parts(_ size: Int) throws {
        let pair = try TLSPair()
        pair.say(Array("a question before the handshake is done".utf8), from: pair.caller)
        pair.exchange(in: size)
        #expect(pair.heard(by: pair.listener) == Array("a question before the handshake is done".utf8))
        let text = size < 100 ? Array(Self.largeText.prefix(40_000)) : Self.largeText
        pair.say(text, from: pair.listener)
        pair.exchange(in: size)
        #expect(pair.heard(by: pair.caller) == text)
        #expect(pair.callerFailures.isEmpty && pair.listenerFailures.isEmpty)
    }

    @Test("Whoever writes is told when it is on its way, in order")
    func promises() throws {
        let pair = try TLSPair()
        var told: [Int] = []
        for (number, count) in [0, 200, 100_000, 0, 5].enumerated() {
            let promise = pair.caller.eventLoop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenSuccess { told.append(number) }
            pair.caller.write(ByteBuffer(repeating: 1, count: count), promise: promise)
        }
        pair.exchange()
        #expect(told.isEmpty, "nothing was flushed")
        pair.caller.flush()
        pair.exchange()
        #expect(told == [0, 1, 2, 3, 4])
        #expect(pair.heard(by: pair.listener).count == 100_205)
    }

    @Test("A head and a short body are one record, since some callers take one at a time for the whole answer")
    func oneRecord() throws {
        let pair = try TLSPair()
        pair.exchange()
        for text in ["head", "", "body"] { pair.listener.write(ByteBuffer(string: text), promise: nil) }
        pair.listener.flush()
        let bytes = pair.bytes(from: pair.listener)
        // A record says its length in its fourth and fifth byte (RFC 8446 §5.1).
        #expect(bytes.count == 5 + Int(bytes[3]) << 8 + Int(bytes[4]))
        pair.give(bytes, to: pair.caller)
        #expect(pair.heard(by: pair.caller) == Array("headbody".utf8))
    }

    @Test("Of a large answer no more is encrypted than the connection takes, and a slow reader gets all of it")
    func backPressure() throws {
        let pair = try TLSPair()
        pair.exchange()
        pair.listener.isWritable = false
        pair.say(Self.largeText, from: pair.listener)
        #expect(pair.bytes(from: pair.listener).isEmpty)
        pair.listener.isWritable = true
        pair.listener.pipeline.fireChannelWritabilityChanged()
        pair.exchange()
        #expect(pair.heard(by: pair.caller) == Self.largeText)
    }

    @Test("From a caller who takes nothing nothing is read: each new key that it asks for would make an answer")
    func readsHeld() throws {
        let pair = try TLSPair()
        pair.exchange()
        let before = pair.listenersSocket.reads
        pair.listener.isWritable = false
        pair.listener.read()
        #expect(pair.listenersSocket.reads == before)
        pair.listener.isWritable = true
        pair.listener.pipeline.fireChannelWritabilityChanged()
        #expect(pair.listenersSocket.reads == before + 1)
    }

    @Test("Both sides say goodbye: an end that somebody cut is not taken for one that was meant")
    func goodbye() throws {
        let pair = try TLSPair()
        pair.exchange()
        pair.say([1, 2, 3], from: pair.listener)
        pair.listener.close(mode: .output, promise: nil)
        pair.give(pair.bytes(from: pair.listener), to: pair.caller)
        #expect(pair.heard(by: pair.caller) == [1, 2, 3])
        #expect(!pair.caller.isActive, "the caller has said goodbye as well, and gone")
        pair.give(pair.bytes(from: pair.caller), to: pair.listener)
        #expect(!pair.listener.isActive)

        let cut = try TLSPair()
        cut.exchange()
        cut.say([1, 2, 3], from: cut.listener)
        cut.give(cut.bytes(from: cut.listener), to: cut.caller)
        cut.caller.pipeline.fireChannelInactive()
        #expect(throws: TLSFailure.truncated) { try cut.caller.throwIfErrorCaught() }
    }

    @Test("A caller that has asked and said goodbye still gets its answer")
    func halfClosed() throws {
        let pair = try TLSPair()
        pair.exchange()
        pair.say([1], from: pair.caller)
        let events = EventRecorder()
        try pair.listener.pipeline.syncOperations.addHandler(events)
        pair.caller.close(mode: .output, promise: nil)
        pair.give(pair.bytes(from: pair.caller), to: pair.listener)
        #expect(events.inputEnds == 1 && pair.listener.isActive)
        pair.say([2], from: pair.listener)
        pair.listener.close(mode: .output, promise: nil)
        pair.give(pair.bytes(from: pair.listener), to: pair.caller)
        #expect(pair.heard(by: pair.caller) == [2])
        #expect(!pair.listener.isActive && !pair.caller.isActive)
    }

    @Test("Plain HTTP on the port of TLS, and TLS on a plain port, are told in words")
    func plaintext() throws {
        let pair = try TLSPair()
        pair.give(Array("GET /healthz HTTP/1.1\r\nHost: box\r\n\r\n".utf8), to: pair.listener)
        #expect(pair.listenerFailures == [.notTLS] && !pair.listener.isActive)
        pair.give(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), to: pair.caller)
        #expect(pair.callerFailures == [.notTLS] && !pair.caller.isActive)
    }

    @Test("Why a caller refuses the certificate is told to both sides")
    func refused() throws {
        let wrongName = try TLSPair(calling: "192.0.2.1")
        wrongName.exchange()
        #expect("\(wrongName.callerFailures)".contains("IP address mismatch"), "\(wrongName.callerFailures)")
        #expect("\(wrongName.listenerFailures)".contains("alert"), "\(wrongName.listenerFailures)")
        let anyName = try TLSPair(calling: "192.0.2.1", checksName: false)
        anyName.exchange()
        #expect(anyName.callerFailures.isEmpty)
        #expect(throws: TLSFailure.unusableName("my_box")) { try TLSPair(calling: "my_box") }
        #expect(throws: (any Error).self) { try TLSPair(trusting: Array("no certificate".utf8)) }
    }

    @Test("A record that is larger than a record may be ends the connection", arguments: [false, true])
    func largeRecord(afterHandshake: Bool) throws {
        let pair = try TLSPair()
        if afterHandshake { pair.exchange() }
        // Application data, TLS 1.2 on the wire, 65535 bytes.
        pair.give([0x17, 3, 3, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 0xFFFF), to: pair.listener)
        #expect(pair.listenerFailures.count == 1 && !pair.listener.isActive)
        #expect(pair.heard(by: pair.listener).isEmpty)
    }

    @Test("A handshake that is cut off ends the connection, wherever it is cut")
    func cutHandshake() throws {
        let hello = try { () throws in
            let pair = try TLSPair()
            return pair.bytes(from: pair.caller)
        }()
        for count in stride(from: 0, to: hello.count, by: 13) {
            let pair = try TLSPair()
            pair.give(Array(hello.prefix(count)), to: pair.listener)
            #expect(pair.listener.isActive, "more may come")
            pair.listener.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            #expect(pair.listenerFailures == [.endedInHandshake] && !pair.listener.isActive)
        }
    }

    @Test("Records that were changed on their way are never heard, and end the connection", arguments: 0..<40)
    func changedRecords(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<25 {
            let pair = try TLSPair()
            // Some are changed in the handshake, some afterwards.
            let isOpen = Bool.random(using: &random)
            if isOpen { pair.exchange() }
            let said = (0..<Int.random(in: 1...40_000, using: &random)).map { UInt8(truncatingIfNeeded: $0) }
            pair.say(said, from: pair.caller)
            pair.exchange(in: .random(in: 1...5_000, using: &random)) { changed($0, &random) }
            let heard = pair.heard(by: pair.listener)
            #expect(said.starts(with: heard), "what is heard was said")
        }
    }

    private func changed(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        var bytes = bytes
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            }
        case 1: bytes.removeLast(.random(in: 1...bytes.count, using: &random))
        case 2:
            let noise = (0..<Int.random(in: 1...400, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            bytes.insert(contentsOf: noise, at: .random(in: 0...bytes.count, using: &random))
        case 3: bytes += bytes
        default: break
        }
        return bytes
    }
}

/// Counts the ends of the other side's stream.
private final class EventRecorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private(set) var inputEnds = 0

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { inputEnds += 1 }
        context.fireUserInboundEventTriggered(event)
    }
}
