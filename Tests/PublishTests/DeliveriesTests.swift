import Base
import Publish
import Testing

@Suite struct DeliveriesTests {
    private func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

    private func message(_ topic: String, _ bytes: Int = 10, token: UInt64 = 1) -> Publication {
        Publication(token: token, topic: topic, payload: [UInt8](repeating: 1, count: bytes), isRetained: true)
    }

    @Test(
        "a broker that never acknowledges a topic is left once for it; then the topic is left out, and the rest goes on"
    )
    func neverAcknowledged() {
        var deliveries = Deliveries()
        deliveries.sent(1, message("a"), at: at(0))
        deliveries.sent(2, message("b", token: 2), at: at(1))
        #expect(deliveries.acknowledged(2)?.token == 2)
        #expect(deliveries.takeOverdue(at: at(29)) == nil)
        #expect(deliveries.takeOverdue(at: at(30)) == .reconnect(topic: "a"))
        deliveries.connectionEnded(.other, at: at(30))
        deliveries.sent(1, message("a"), at: at(31))
        #expect(deliveries.takeOverdue(at: at(61)) == .giveUp(token: 1, topic: "a"))
        #expect(deliveries.takeOverdue(at: at(62)) == nil && deliveries.count == 0)
    }

    @Test("a topic that is acknowledged after all is trusted again")
    func acknowledgedAfterAll() {
        var deliveries = Deliveries()
        deliveries.sent(1, message("a"), at: at(0))
        _ = deliveries.takeOverdue(at: at(30))
        deliveries.connectionEnded(.other, at: at(30))
        deliveries.sent(1, message("a"), at: at(31))
        #expect(deliveries.acknowledged(1)?.topic == "a")
        deliveries.sent(2, message("a"), at: at(40))
        #expect(deliveries.takeOverdue(at: at(70)) == .reconnect(topic: "a"))
    }

    @Test("a picture on which the broker hangs up three times in a row is left out for an hour; states go on")
    func deadlyPicture() {
        var deliveries = Deliveries()
        for second in 0..<3 {
            #expect(deliveries.refusal(message("p", 200_000), BrokerTerms(), at: at(Double(second))) == nil)
            deliveries.sent(1, message("s"), at: at(Double(second)))
            deliveries.sent(2, message("p", 200_000), at: at(Double(second)))
            deliveries.connectionEnded(.silentHangUp, at: at(Double(second)))
        }
        #expect(deliveries.refusal(message("p", 200_000), BrokerTerms(), at: at(9)) != nil)
        #expect(deliveries.refusal(message("p", 100_000), BrokerTerms(), at: at(9)) == nil)
        #expect(deliveries.refusal(message("p", 200_000), BrokerTerms(), at: at(4000)) == nil)
    }

    @Test("a broker that says that a message was too large is believed at once")
    func toldTooLarge() {
        var deliveries = Deliveries()
        deliveries.sent(2, message("p", 200_000), at: at(0))
        deliveries.connectionEnded(.tooLarge, at: at(0))
        #expect(deliveries.refusal(message("p", 200_000), BrokerTerms(), at: at(1))?.contains("too large") ?? false)
    }

    @Test("a broker that is killed while states are on their way is not suspected of anything")
    func killedBroker() {
        var deliveries = Deliveries()
        for second in 0..<9 {
            deliveries.sent(1, message("s", 2000), at: at(Double(second)))
            deliveries.connectionEnded(.silentHangUp, at: at(Double(second)))
        }
        #expect(deliveries.refusal(message("s", 2000), BrokerTerms(), at: at(9)) == nil)
    }

    @Test("what the broker said about sizes and numbers of messages is kept")
    func terms() {
        var deliveries = Deliveries()
        var terms = BrokerTerms()
        (terms.maximumPacketBytes, terms.receiveMaximum) = (1000, 2)
        #expect(deliveries.refusal(message("a", 989), terms, at: at(0)) == nil)
        #expect(deliveries.refusal(message("a", 990), terms, at: at(0))?.contains("takes 1000") ?? false)
        deliveries.sent(1, message("a"), at: at(0))
        #expect(deliveries.hasRoom(terms))
        deliveries.sent(2, message("a"), at: at(0))
        #expect(!deliveries.hasRoom(terms))
    }
}
