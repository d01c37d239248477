import Publish
import TestSupport
import Testing

/// What a broker sends is foreign data: nothing of it may reach libmosquitto unread.
@Suite struct PacketGuardTests {
    private static let accepted5: [UInt8] = [0x20, 3, 0, 0, 0]
    private static let accepted3: [UInt8] = [0x20, 2, 0, 0]

    private struct Outcome: Equatable {
        var output: [UInt8] = []
        var failure: LinkFailure?
        var cut: Int?
    }

    private func passed(_ bytes: [UInt8], version5: Bool = true, first: [UInt8]? = nil) -> Outcome {
        var packets = PacketGuard(version5: version5, keepAliveSeconds: 10)
        var outcome = Outcome()
        let greeting = first ?? (version5 ? Self.accepted5 : Self.accepted3)
        do throws(LinkFailure) {
            try packets.take(greeting[...], into: &outcome.output)
            outcome.output = []
            try packets.take(bytes[...], into: &outcome.output)
        } catch { outcome.failure = error }
        outcome.cut = packets.takeCutPayload()
        return outcome
    }

    @Test("a property that nobody knows ends the connection, not the program; MQTT 3.1.1 is tried next")
    func unknownProperty() {
        let connack = passed([0x20, 5, 0, 0, 2, 0x7f, 0], first: [])
        #expect(connack.output.isEmpty && connack.failure?.kind == .version)
        let message = passed([0x30, 6, 0, 1, 0x61, 2, 0x7f, 0])
        #expect(message.output.isEmpty && message.failure?.kind == .version)
    }

    @Test("a CONNACK is read for what the broker takes, and libmosquitto sees nothing of it but a shorter keep-alive")
    func terms() throws {
        var packets = PacketGuard(version5: true, keepAliveSeconds: 10)
        var output: [UInt8] = []
        let properties: [UInt8] =
            [0x21, 0, 5, 0x24, 0, 0x25, 0, 0x27, 0, 1, 0, 0, 0x22, 0, 9, 0x13, 0, 7] + [0x1f, 0, 2, 0x68, 0x69]
            + [0x26, 0, 1, 0x61, 0, 1, 0x62, 0x26, 0, 1, 0x61, 0, 1, 0x62]
        let bytes: [UInt8] = [0x20, UInt8(3 + properties.count), 0, 0, UInt8(properties.count)] + properties
        try packets.take(bytes[...], into: &output)
        #expect(output == [0x20, 6, 0, 0, 3, 0x13, 0, 7])
        var terms = BrokerTerms()
        (terms.maximumQoS, terms.takesRetained, terms.maximumPacketBytes, terms.receiveMaximum) = (0, false, 65536, 5)
        #expect(packets.terms == terms && terms.limits.count == 2)
    }

    @Test("a keep-alive that is longer than ours is not taken over: we ping more often than the broker asks for")
    func longKeepAlive() {
        #expect(passed([0x20, 6, 0, 0, 3, 0x13, 0, 60], first: []).output == Self.accepted5)
    }

    @Test(
        "an old broker's short CONNACK is understood",
        arguments: zip([0, 1, 2, 3, 4, 5], [132, 132, 133, 136, 134, 135]))
    func shortConnack(code: Int, reason: Int) {
        let outcome = passed([0x20, 2, 0, UInt8(code)], first: [])
        #expect(outcome.output == [0x20, 3, 0, UInt8(reason), 0] && outcome.failure == nil)
    }

    @Test("a message is passed on without its properties")
    func message() {
        let properties: [UInt8] = [1, 1, 2, 0, 0, 0, 9, 3, 0, 1, 0x74, 9, 0, 1, 0xff, 0x0b, 0x80, 1]
        let bytes: [UInt8] =
            [0x33, UInt8(6 + properties.count + 2), 0, 1, 0x61, 0, 7, UInt8(properties.count)] + properties + [
                0x4f, 0x4e,
            ]
        #expect(passed(bytes).output == [0x33, 8, 0, 1, 0x61, 0, 7, 0, 0x4f, 0x4e])
        let plain: [UInt8] = [0x30, 5, 0, 1, 0x61, 0x4f, 0x4e]
        #expect(passed(plain, version5: false).output == plain)
    }

    @Test("a message of 256 MB costs no more memory than a short one, and is told with its size")
    func hugeMessage() throws {
        var packets = PacketGuard(version5: false, keepAliveSeconds: 10)
        var output: [UInt8] = []
        let chunk = [UInt8](repeating: 0x78, count: 1 << 16)
        let size = 268_435_455
        try packets.take(Self.accepted3[...], into: &output)
        output = []
        try packets.take([0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0x61], into: &output)
        var left = size - 3
        while left > 0 {
            try packets.take(chunk.prefix(left), into: &output)
            left -= chunk.count
        }
        #expect(output.count < 70_000 && output.count > IncomingMessage.maxBytes)
        #expect(packets.takeCutPayload() == size - 3 && packets.takeCutPayload() == nil)
    }

    @Test("who asks for longer messages, as for pictures, gets them whole; longer ones are cut there")
    func pictures() throws {
        for (size, isCut) in [(200_000, false), (200_001, true)] {
            var packets = PacketGuard(version5: false, keepAliveSeconds: 10, mostPayloadBytes: 200_000)
            var output: [UInt8] = []
            try packets.take(Self.accepted3[...], into: &output)
            output = []
            let length = size + 3
            let head: [UInt8] = [
                0x30, UInt8(length & 0x7f | 0x80), UInt8(length >> 7 & 0x7f | 0x80), UInt8(length >> 14),
            ]
            let message = head + [0, 1, 0x61] + [UInt8](repeating: 0x78, count: size)
            try packets.take(message[...], into: &output)
            #expect(output == message)
            #expect(packets.takeCutPayload() == (isCut ? size : nil))
        }
    }

    @Test("a topic that MQTT forbids means nothing to anybody, and is acknowledged all the same")
    func badTopics() {
        for topic: [UInt8] in [
            [], [0x23], [0x61, 0], [0xff, 0xfe], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xef, 0xbf, 0xbf],
        ] {
            let bytes = [0x32, UInt8(4 + topic.count), 0, UInt8(topic.count)] + topic + [0, 7]
            #expect(passed(bytes, version5: false).output == [0x32, 5, 0, 1, 0x3f, 0, 7], "\(topic)")
        }
    }

    @Test("what no client asked for ends the connection", arguments: [0x00, 0x10, 0x50, 0x62, 0x70, 0x82, 0xa2, 0xf0])
    func unasked(type: Int) {
        for version5 in [true, false] {
            #expect(passed([UInt8(type), 2, 0, 1], version5: version5).failure != nil)
        }
    }

    @Test("nothing is believed before the CONNACK, and only one CONNACK")
    func order() {
        #expect(passed([0xd0, 0], first: []).failure != nil)
        #expect(passed(Self.accepted5).failure != nil)
    }

    @Test(
        "QoS 2, a topic alias, a packet of no length and an answer of a megabyte are refused; what came before is heeded"
    )
    func violations() {
        #expect(passed([0x34, 7, 0, 1, 0x61, 0, 7, 0, 0]).failure != nil)
        #expect(passed([0x30, 7, 0, 1, 0x61, 3, 0x23, 0, 1]).failure != nil)
        #expect(passed([0x30, 0xff, 0xff, 0xff, 0xff]).failure != nil)
        #expect(passed([0x90, 0x80, 0x80, 0x40]).failure != nil)
        let both = passed([0x40, 2, 0, 9, 0x50, 2, 0, 1])
        #expect(both.output == [0x40, 2, 0, 9] && both.failure != nil)
    }

    @Test("the broker's own words are kept, without what would break a line")
    func words() throws {
        var packets = PacketGuard(version5: true, keepAliveSeconds: 10)
        var output: [UInt8] = []
        let bytes: [UInt8] = [0x20, 9, 0, 0x87, 6, 0x1f, 0, 3, 0x6e, 0x0a, 0x6f]
        try packets.take(bytes[...], into: &output)
        #expect(output == [0x20, 3, 0, 0x87, 0] && packets.brokersWords == "no")
    }

    @Test(
        "whatever comes, in whatever pieces: no crash, no more out than in, and the guard finds nothing wrong with its own words",
        arguments: [true, false])
    func fuzz(version5: Bool) {
        let seed = UInt64.random(in: 0...9999)
        var random = SplitMix(seed: seed)
        for _ in 0..<60_000 {
            let bytes = HostilePackets.stream(version5: version5, &random)
            var packets = PacketGuard(version5: version5, keepAliveSeconds: 10)
            var (output, failure) = ([UInt8](), LinkFailure?.none)
            var rest = bytes[...]
            while !rest.isEmpty, failure == nil {
                let part = rest.prefix(Int.random(in: 1...40, using: &random))
                rest = rest.dropFirst(part.count)
                do throws(LinkFailure) { try packets.take(part, into: &output) } catch { failure = error }
            }
            var again = PacketGuard(version5: version5, keepAliveSeconds: 10)
            var copy: [UInt8] = []
            do throws(LinkFailure) { try again.take(output[...], into: &copy) } catch { copy = [] }
            if copy != output { Issue.record("seed \(seed): \(bytes)") }
        }
    }
}
