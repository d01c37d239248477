import Base
import Foundation
import Publish
import Settings
import Synchronization
import TestSupport
import Testing

/// Subscribes, and says something on every connection.
private final class ChattyTraffic: LinkTraffic {
    private let state = Mutex((isOver: false, left: 0, connections: 0, received: [IncomingMessage]()))

    func end() { state.withLock { $0.isOver = true } }
    var received: [IncomingMessage] { state.withLock { $0.received } }

    var filters: [String] { ["porchlight/box/processor/+/enabled/set"] }
    var isWhole: Bool { true }
    func connected(at now: MonotonicTime) { state.withLock { $0.left = 8 } }
    func disconnected(_ status: LinkStatus) {}
    func prepare(at now: MonotonicTime) {}
    func next(at now: MonotonicTime) -> Publication? {
        state.withLock { state in
            guard state.left > 0 else { return nil }
            state.left -= 1
            return Publication(
                token: UInt64(state.left), topic: "porchlight/box/health", payload: [1], isRetained: true)
        }
    }
    func acknowledged(_ token: UInt64, refusal: String?, at now: MonotonicTime) {}
    func heard(at now: MonotonicTime) {}
    func received(_ message: IncomingMessage, at now: MonotonicTime) {
        state.withLock { if $0.received.count < 100 { $0.received.append(message) } }
    }
    func shouldEnd(at now: MonotonicTime) -> Bool { state.withLock { $0.isOver } }
}

/// Nothing that a broker sends ends the program, or takes its memory. No broker of others is needed.
@Suite("with a broker that does not mean well", .timeLimit(.minutes(2)), .serialized)
struct HostileBrokerTests {
    private let traffic = ChattyTraffic()

    private func link(to broker: HostileBroker) throws -> MQTTLink {
        var pace = LinkPace.quick
        (pace.firstPause, pace.longestPause) = (.milliseconds(1), .milliseconds(2))
        let link = try MQTTLink()
        let will = (topic: "porchlight/box/status", payload: Payloads.offline)
        try link.start(
            LinkSettings(
                broker: MQTTSettings(host: "127.0.0.1", port: broker.port), clientID: "box", will: will, pace: pace),
            traffic, quiet)
        return link
    }

    private func end(_ link: MQTTLink, _ broker: HostileBroker) async {
        traffic.end()
        link.wake()
        await link.waitForEnd()
        broker.stop()
    }

    @Test("a property that libmosquitto does not know does not end the program; the box goes on in MQTT 3.1.1")
    func unknownProperty() async throws {
        let broker = try HostileBroker(seed: 1) { guest, _ in
            guest.send(guest.isVersion5 ? [0x20, 5, 0, 0, 2, 0x7f, 0] : guest.greeting)
            guest.listen(milliseconds: 1000)
        }
        let link = try link(to: broker)
        #expect(await eventually { link.currentStatus.isConnected })
        await end(link, broker)
    }

    @Test(
        "thousands of mutilated packets of every type in both versions: the link lives, and works when all is well again"
    )
    func mutilated() async throws {
        let seed = UInt64.random(in: 0...9999)
        let isTame = Mutex(false)
        let broker = try HostileBroker(seed: seed) { guest, random in
            guard !isTame.withLock({ $0 }) else {
                guest.send(guest.greeting)
                return guest.listen(milliseconds: 3000)
            }
            guest.send(HostilePackets.stream(version5: guest.isVersion5, &random))
            guest.listen(milliseconds: Int32.random(in: 0...2, using: &random))
        }
        let link = try link(to: broker)
        #expect(await eventually(within: 50) { broker.connections >= 2000 }, "seed \(seed)")
        isTame.withLock { $0 = true }
        #expect(await eventually { link.currentStatus.isConnected }, "seed \(seed)")
        await end(link, broker)
    }

    @Test("a message that is too long arrives cut, with its size, and is acknowledged")
    func longMessage() async throws {
        let topic = Array("porchlight/box/processor/a/enabled/set".utf8)
        let broker = try HostileBroker(seed: 1) { guest, _ in
            guest.send(guest.greeting)
            let head: [UInt8] = [0, UInt8(topic.count)] + topic + [0, 7] + (guest.isVersion5 ? [0] : [])
            let size = head.count + 5_000_000
            let length = (0..<4).map { (digit: Int) -> UInt8 in
                UInt8(size >> (7 * digit) & 0x7f) | (digit < 3 ? 0x80 : 0)
            }
            guest.send([0x32] + length + head)
            guest.send([UInt8](repeating: 0x78, count: 5_000_000))
            guest.listen(milliseconds: 2000)
        }
        let link = try link(to: broker)
        #expect(await eventually { traffic.received.first?.payloadBytes == 5_000_000 })
        #expect(traffic.received.first?.isTooLarge ?? false)
        #expect(link.currentStatus.isConnected)
        await end(link, broker)
    }

    @Test("a broker that only talks and never listens is not listened to for ever: our memory is not its")
    func neverListens() async throws {
        let sent = Atomic(0)
        let topic = Array("porchlight/box/processor/a/enabled/set".utf8)
        let broker = try HostileBroker(seed: 1) { guest, _ in
            guest.send(guest.greeting)
            let body: [UInt8] = [0, UInt8(topic.count)] + topic + [0, 7] + (guest.isVersion5 ? [0] : [])
            let many = [[UInt8]](repeating: [0x32, UInt8(body.count)] + body, count: 1000).flatMap(\.self)
            var wait = pollfd(fd: guest.file, events: Int16(POLLOUT), revents: 0)
            // Until the box takes no more.
            while unsafe poll(&wait, 1, 1500) > 0, guest.send(many) { sent.add(many.count, ordering: .relaxed) }
        }
        let link = try link(to: broker)
        let before = Self.residentMegabytes
        #expect(await eventually(within: 60) { broker.connections > 0 }, "the box stops reading")
        #expect(sent.load(ordering: .relaxed) < 400 << 20)
        #expect(Self.residentMegabytes - before < 64)
        await end(link, broker)
    }

    private static var residentMegabytes: Int {
        let words = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return (words.dropFirst().first.flatMap { Int($0) } ?? 0) * 4 >> 10
    }
}
