/// What the broker takes, as its CONNACK says (MQTT 5 §3.2.2.3).
package struct BrokerTerms: Sendable, Equatable {
    /// 0 or 1; we never send 2.
    package var maximumQoS = 1
    package var takesRetained = true
    /// Bytes of a whole packet; nil when nothing was said.
    package var maximumPacketBytes: Int?
    /// Messages in flight.
    package var receiveMaximum = 65535

    package init() {}

    /// What this broker cannot do, in words.
    package var limits: [String] {
        (maximumQoS == 0 ? ["the broker takes QoS 0 only: messages get lost when it is busy or restarted"] : [])
            + (takesRetained ? [] : ["the broker keeps no retained messages: who subscribes later sees no states"])
    }
}

/// Stands between the broker and libmosquitto and lets through only what is whole, expected and known.
///
/// libmosquitto 2.0.11 ends the process by an assert when a property of MQTT 5 is unknown, keeps whole packets of up to
/// 256 MB and messages of QoS 2 without a bound. So every packet is read here first and written anew, with nothing
/// inside but what we use. Pure; bytes in, bytes out.
package struct PacketGuard: Sendable {
    /// Of a topic and properties so much is kept.
    private static let mostBeforePayload = 192 << 10
    /// No other packet to us is longer.
    private static let longestAnswer = 128 << 10
    private static let mostGrants = 64

    /// Nil before the CONNACK.
    package private(set) var terms: BrokerTerms?
    /// Why the broker refused or ended the connection, in its own words.
    package private(set) var brokersWords: String?
    /// Sizes of the payloads that were cut to one byte more than `mostPayloadBytes`, oldest first.
    private var cutPayloads: [Int] = []

    private let isVersion5: Bool
    /// Seconds, as we told them.
    private let keepAlive: Int
    private let mostPayloadBytes: Int
    private var head: [UInt8] = []
    private var body: [UInt8] = []
    private var length = 0
    /// Bytes of the body that are still to come.
    private var missing = 0

    /// - Parameter mostPayloadBytes: longer payloads of messages are cut.
    package init(version5: Bool, keepAliveSeconds: Int, mostPayloadBytes: Int = IncomingMessage.maxBytes) {
        isVersion5 = version5
        keepAlive = keepAliveSeconds
        self.mostPayloadBytes = mostPayloadBytes
    }

    /// How long the payload was of the oldest message that arrived cut.
    package mutating func takeCutPayload() -> Int? { cutPayloads.isEmpty ? nil : cutPayloads.removeFirst() }

    /// Appends to `output` what libmosquitto may read.
    /// - Throws: what the broker did wrong. What came before it is in `output`; nothing may be taken afterwards.
    package mutating func take(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) throws(LinkFailure) {
        var rest = bytes
        while !rest.isEmpty {
            if missing > 0 {
                let part = rest.prefix(missing)
                body += part.prefix(max(0, Self.mostBeforePayload + mostPayloadBytes - body.count))
                missing -= part.count
                rest = rest.dropFirst(part.count)
                if missing == 0 { try finish(&output) }
            } else if let byte = rest.popFirst() {
                head.append(byte)
                if try isHeadWhole(), missing == 0 { try finish(&output) }
            }
        }
    }

    /// The fixed header (§2.1): a byte and the length in one to four.
    private mutating func isHeadWhole() throws(LinkFailure) -> Bool {
        guard let last = head.last, head.count > 1 else { return false }
        if last & 0x80 != 0 {
            guard head.count < 5 else { throw flaw("the length of a packet has no end") }
            return false
        }
        length = head.dropFirst().enumerated().reduce(0) { $0 | Int($1.element & 0x7f) << (7 * $1.offset) }
        missing = length
        let isMessage = head[0] >> 4 == BrokerPacket.publish.rawValue
        guard isMessage || length <= Self.longestAnswer else { throw flaw("a packet of \(length) bytes") }
        return true
    }

    private mutating func finish(_ output: inout [UInt8]) throws(LinkFailure) {
        let type = head[0] >> 4
        guard let packet = BrokerPacket(rawValue: type) else {
            throw flaw("a packet of type \(type), which no client expects")
        }
        guard (packet == .connack) == (terms == nil) else {
            throw flaw(terms == nil ? "a packet of type \(type) before the CONNACK" : "a second CONNACK")
        }
        var reader = PacketReader(body)
        do throws(PacketReader.Flaw) {
            switch packet {
            case .connack: output += try connack(&reader)
            case .puback: output += try acknowledgement(&reader)
            case .suback: output += try grants(&reader)
            case .pingresp: output += [0xd0, 0]
            case .disconnect: output += try goodbye(&reader)
            case .pingreq, .unsuback: break  // harmless, and nothing to us
            case .publish: break
            }
        } catch { throw flaw("a packet of type \(type) whose fields are wrong") }
        if packet == .publish { output += try message(&reader) }
        (head, body, length) = ([], [], 0)
    }

    private func flaw(_ what: String) -> LinkFailure {
        // What is wrong about properties may be right without them: MQTT 3.1.1 has none.
        LinkFailure(
            "the broker does not speak MQTT \(isVersion5 ? "5" : "3.1.1") properly: \(what)",
            isVersion5 ? .version : .other)
    }

    // MARK: - Packets

    private mutating func connack(_ reader: inout PacketReader) throws(PacketReader.Flaw) -> [UInt8] {
        _ = try reader.byte()  // a session that is there: we subscribe again all the same
        let code = try reader.byte()
        var terms = BrokerTerms()
        guard isVersion5 else {
            self.terms = terms
            return [0x20, 2, 0, code]
        }
        guard reader.left > 0 else {
            // A broker that knows only 3.1.1 answers in it; "accepted" would leave the two of us in different versions.
            self.terms = terms
            return Self.connack([0x84, 0x84, 0x85, 0x88, 0x86, 0x87][Int(min(code, 5))], [])
        }
        let properties = try PacketProperties(&reader)
        if properties.numbers[.receiveMaximum] == 0 || properties.numbers[.maximumPacketSize] == 0 {
            throw PacketReader.Flaw()
        }
        terms.maximumQoS = properties.numbers[.maximumQoS] ?? 1
        terms.takesRetained = properties.numbers[.retainAvailable] != 0
        terms.maximumPacketBytes = properties.numbers[.maximumPacketSize]
        terms.receiveMaximum = properties.numbers[.receiveMaximum] ?? 65535
        self.terms = terms
        if code != 0 { brokersWords = properties.reason }
        // We ping as often as we think right, or more often when the broker asks for it; less often than it asks for
        // would end the connection.
        guard let asked = properties.numbers[.serverKeepAlive], (1..<keepAlive).contains(asked) else {
            return Self.connack(code, [])
        }
        return Self.connack(code, [0x13, UInt8(asked >> 8), UInt8(asked & 0xff)])
    }

    private static func connack(_ code: UInt8, _ properties: [UInt8]) -> [UInt8] {
        [0x20, UInt8(3 + properties.count), 0, code, UInt8(properties.count)] + properties
    }

    private func acknowledgement(_ reader: inout PacketReader) throws(PacketReader.Flaw) -> [UInt8] {
        let id = try identifier(&reader)
        guard isVersion5, reader.left > 0 else { return [0x40, 2] + id }
        let reason = try reader.byte()
        if reader.left > 0 { _ = try PacketProperties(&reader) }
        return [0x40, 3] + id + [reason]
    }

    private func grants(_ reader: inout PacketReader) throws(PacketReader.Flaw) -> [UInt8] {
        let id = try identifier(&reader)
        if isVersion5 { _ = try PacketProperties(&reader) }
        guard (1...Self.mostGrants).contains(reader.left) else { throw PacketReader.Flaw() }
        let rest = id + (isVersion5 ? [0] : []) + (try reader.take(reader.left))
        return [0x90, UInt8(rest.count)] + rest
    }

    private mutating func goodbye(_ reader: inout PacketReader) throws(PacketReader.Flaw) -> [UInt8] {
        guard isVersion5 else { throw PacketReader.Flaw() }
        let reason = reader.left > 0 ? try reader.byte() : 0
        if reader.left > 0 { brokersWords = try PacketProperties(&reader).reason }
        return [0xe0, 1, reason]
    }

    private func identifier(_ reader: inout PacketReader) throws(PacketReader.Flaw) -> [UInt8] {
        let id = try reader.uint16()
        guard id != 0 else { throw PacketReader.Flaw() }
        return [UInt8(id >> 8), UInt8(id & 0xff)]
    }

    // MARK: - Messages

    private struct MessageStart {
        var topic: ArraySlice<UInt8> = []
        var id: [UInt8] = []
        /// Where the payload begins; nil when the properties alone are too long.
        var payload: Int?
    }

    private mutating func message(_ reader: inout PacketReader) throws(LinkFailure) -> [UInt8] {
        let quality = head[0] >> 1 & 3
        guard quality < 2 else { throw flaw("a message of QoS \(quality), to which nobody has subscribed") }
        var start = MessageStart()
        do throws(PacketReader.Flaw) {
            start.topic = try reader.binary()
            if quality == 1 { start.id = try identifier(&reader) }
        } catch { throw flaw("a message whose topic is cut off, or without a number") }
        start.payload = try payloadStart(&reader)
        return written(start, head[0] & 0x0b)
    }

    private func payloadStart(_ reader: inout PacketReader) throws(LinkFailure) -> Int? {
        guard isVersion5 else { return reader.position }
        do throws(PacketReader.Flaw) {
            let properties = try PacketProperties(&reader)
            if properties.numbers[.topicAlias] == nil { return reader.position }
        } catch {
            // Somebody else's message may have more properties than are kept of it.
            if length > body.count { return nil }
            throw flaw("a message whose properties are wrong")
        }
        throw flaw("a message with a topic alias, which we did not allow")
    }

    /// The message as libmosquitto is to see it: a long payload is cut, so that it is seen to be too long.
    private mutating func written(_ start: MessageStart, _ flags: UInt8) -> [UInt8] {
        var payload = start.payload.map { body[min($0, body.count)...] } ?? []
        let size = start.payload.map { length - $0 } ?? length
        if size > mostPayloadBytes {
            cutPayloads.append(size)
            payload = payload.prefix(mostPayloadBytes + 1)
            let lacking = mostPayloadBytes + 1 - payload.count
            if lacking > 0 { payload += [UInt8](repeating: 0, count: lacking) }
        }
        let topic = Self.isTopic(start.topic) ? Array(start.topic) : [UInt8(ascii: "?")]
        var rest = [UInt8(topic.count >> 8), UInt8(topic.count & 0xff)] + topic + start.id
        if isVersion5 { rest.append(0) }
        return [0x30 | flags] + Self.variableLength(rest.count + payload.count) + rest + payload
    }

    /// A topic that nobody may publish to becomes "?": the message is acknowledged, and means nothing to anybody here.
    private static func isTopic(_ topic: ArraySlice<UInt8>) -> Bool {
        guard !topic.isEmpty, let text = String(validating: topic, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy {
            $0 != "+" && $0 != "#" && $0.properties.generalCategory != .control && !(0xfdd0...0xfdef ~= $0.value)
                && $0.value & 0xfffe != 0xfffe
        }
    }

    private static func variableLength(_ value: Int) -> [UInt8] {
        var (bytes, rest) = ([UInt8](), value)
        repeat {
            let digit = UInt8(rest & 0x7f)
            rest >>= 7
            bytes.append(rest > 0 ? digit | 0x80 : digit)
        } while rest > 0
        return bytes
    }
}
