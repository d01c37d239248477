import Base
import Publish
import Settings
import Testing

@Suite struct LinkStateTests {
    private func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

    @Test("an hour without a broker is four attempts a minute: no storm, and nobody waits for long when it is back")
    func hour() {
        var state = LinkState(at: at(0))
        for second in 0..<3600 where state.step(at: at(Double(second))) == .open {
            state.failed(LinkFailure("refused"), at: at(Double(second)), random: 0)
        }
        #expect((240...250).contains(state.attempts))
        #expect(state.lastError == "refused")
    }

    @Test("a broker that says nothing is given up after ten seconds")
    func connectDeadline() {
        var state = LinkState(at: at(0))
        #expect(state.step(at: at(0)) == .open)
        #expect(state.step(at: at(9.9)) == .nothing)
        guard case .abandon = state.step(at: at(10)) else { return #expect(Bool(false)) }
    }

    @Test("a half-open connection is noticed by its silence")
    func silence() {
        var state = LinkState(at: at(0))
        _ = state.step(at: at(0))
        state.connected(at: at(1))
        state.heard(at: at(11))
        #expect(state.step(at: at(31)) == .nothing)
        guard case .abandon(let reason) = state.step(at: at(32)) else { return #expect(Bool(false)) }
        #expect(reason.contains("silent"))
    }

    @Test("only a connection on which the broker took everything resets the pause")
    func backoffResets() {
        var state = LinkState(at: at(0))
        for _ in 0..<6 { state.failed(LinkFailure("x"), at: at(0), random: 0) }
        state.connected(at: at(100))
        state.failed(LinkFailure("x"), at: at(100), random: 0)
        #expect(state.phase == .waiting(until: at(115)))
        state.connected(at: at(200))
        state.becameWhole()
        #expect(state.lastError == nil)
        state.failed(LinkFailure("x"), at: at(200), random: 0)
        #expect(state.phase == .waiting(until: at(201)))
    }

    @Test(
        "a broker that says it knows only MQTT 3.1.1 is spoken to in 3.1.1 at once; on the next connection it is asked again"
    )
    func olderVersion() {
        var state = LinkState(at: at(0))
        _ = state.step(at: at(0))
        state.failed(LinkFailure("no", .version), at: at(0), random: 0)
        #expect(!state.offer.isVersion5)
        #expect(state.step(at: at(0)) == .open, "without a pause")
        state.connected(at: at(0))
        state.heard(at: at(3600))
        #expect(state.step(at: at(3600)) == .nothing, "what the broker said needs no second look")
        state.failed(LinkFailure("closed", .silentHangUp), at: at(3600), random: 0)
        #expect(state.offer.isVersion5, "it may have been updated")
    }

    @Test("a broker that hangs up once, as it does when it thaws, is spoken to in MQTT 5 again")
    func onceSilent() {
        var state = LinkState(at: at(0))
        _ = state.step(at: at(0))
        state.failed(LinkFailure("closed", .silentHangUp), at: at(0), random: 0)
        #expect(state.offer.isVersion5)
    }

    @Test("a broker that always hangs up on MQTT 5 is spoken to in 3.1.1, and MQTT 5 is tried once more after a minute")
    func alwaysSilent() {
        var state = LinkState(at: at(0))
        for second in [0, 1, 3] { hangUp(&state, at: Double(second)) }
        #expect(!state.offer.isVersion5)
        #expect(state.step(at: at(10)) == .open)
        state.connected(at: at(10))
        state.heard(at: at(70))
        #expect(state.step(at: at(69)) == .nothing)
        #expect(state.step(at: at(70)) == .renew)
        #expect(state.step(at: at(70)) == .open && state.offer.isVersion5)
        state.failed(LinkFailure("closed", .silentHangUp), at: at(70), random: 0)
        #expect(state.step(at: at(70)) == .open && !state.offer.isVersion5, "now it is certain: back without a pause")
        state.connected(at: at(70))
        state.heard(at: at(7200))
        #expect(state.step(at: at(7200)) == .nothing, "and no third look")
    }

    @Test(
        "a broker that hangs up on MQTT 5 and has served us in 3.1.1 is not asked three times again when it comes back")
    func comesBack() {
        var state = LinkState(at: at(0))
        for second in [0, 1, 3] { hangUp(&state, at: Double(second)) }
        _ = state.step(at: at(10))
        state.connected(at: at(10))
        state.failed(LinkFailure("closed", .silentHangUp), at: at(20), random: 0)
        #expect(state.step(at: at(40)) == .open && state.offer.isVersion5)
        state.failed(LinkFailure("closed", .silentHangUp), at: at(40), random: 0)
        #expect(state.step(at: at(40)) == .open && !state.offer.isVersion5, "without a pause")
    }

    @Test("a broker that never answers a CONNECT of MQTT 5 is asked in 3.1.1 next, and then in MQTT 5 again")
    func unanswered() {
        var state = LinkState(at: at(0))
        _ = state.step(at: at(0))
        state.failed(LinkFailure("no answer", .silence), at: at(10), random: 0)
        #expect(state.step(at: at(10)) == .open && !state.offer.isVersion5)
        state.failed(LinkFailure("no answer", .silence), at: at(20), random: 0)
        #expect(state.step(at: at(20)) == .nothing && state.offer.isVersion5, "it may just be frozen")
    }

    @Test("a broker that only started slowly is spoken to in MQTT 5 a minute later")
    func slowStart() {
        var state = LinkState(at: at(0))
        for second in [0, 1, 3] { hangUp(&state, at: Double(second)) }
        _ = state.step(at: at(10))
        state.connected(at: at(10))
        state.heard(at: at(70))
        #expect(state.step(at: at(70)) == .renew && state.step(at: at(70)) == .open)
        state.connected(at: at(70))
        #expect(state.offer.isVersion5 && state.connections == 2)
    }

    @Test(
        "a broker that takes no retained will of QoS 1 gets one that it takes, and the usual one on the next connection"
    )
    func plainerWill() {
        var state = LinkState(at: at(0))
        _ = state.step(at: at(0))
        state.failed(LinkFailure("no", .willQoS), at: at(0), random: 0)
        #expect(state.step(at: at(0)) == .open && state.offer.willQoS == 0 && state.offer.retainsWill)
        state.failed(LinkFailure("no", .retainedWill), at: at(0), random: 0)
        #expect(state.step(at: at(0)) == .open && state.offer.willQoS == 0 && !state.offer.retainsWill)
        state.failed(LinkFailure("no", .retainedWill), at: at(0), random: 0)
        #expect(state.step(at: at(0)) == .nothing, "a broker that refuses everything is not stormed")
        state.connected(at: at(9))
        state.failed(LinkFailure("closed", .silentHangUp), at: at(9), random: 0)
        #expect(state.offer == ConnectOffer())
    }

    private func hangUp(_ state: inout LinkState, at second: Double) {
        _ = state.step(at: at(second))
        state.failed(LinkFailure("closed", .silentHangUp), at: at(second), random: 0)
    }

    @Test("two boxes with one client id: the reason is named, and we give way")
    func takeover() {
        var state = LinkState(at: at(0))
        state.connected(at: at(0))
        state.failed(LinkFailure("taken over", .takeover), at: at(1), random: 0)
        #expect(state.phase == .waiting(until: at(31)))
        var silent = LinkState(at: at(0))
        for second in 0..<3 {
            silent.connected(at: at(Double(second)))
            silent.failed(LinkFailure("closed", .silentHangUp), at: at(Double(second)), random: 0)
        }
        #expect(silent.lastError?.contains("deviceId") ?? false)
    }

    @Test("a rival stays visible while we are connected, until a connection lives for a minute")
    func rivalStaysVisible() {
        var state = LinkState(at: at(0))
        for second in 0..<3 {
            state.connected(at: at(Double(second)))
            state.becameWhole()
            state.failed(LinkFailure("closed", .silentHangUp), at: at(Double(second)), random: 0)
        }
        state.connected(at: at(10))
        state.becameWhole()
        #expect(state.lastError != nil, "else nobody would see it")
        state.heard(at: at(69))
        #expect(state.step(at: at(69)) == .nothing && state.lastError != nil)
        _ = state.step(at: at(70))
        state.becameWhole()
        #expect(state.lastError == nil)
    }

    @Test("a broker that is started again and again is not taken for a rival")
    func restartsAreNoRival() {
        var state = LinkState(at: at(0))
        for second in 0..<9 {
            state.connected(at: at(Double(second)))
            state.failed(LinkFailure("closed", .silentHangUp), at: at(Double(second)), random: 0)
            if second % 2 == 1 {
                _ = state.step(at: at(1000))
                state.failed(LinkFailure("connection refused"), at: at(1000), random: 0)
            }
        }
        #expect(!state.hasRival)
    }

    @Test("a broker that hangs up on a handshake is doubted to speak TLS; without TLS, or with words, it is not")
    func handshake() {
        let tls = MQTTSettings.TLS(caFile: "/ca", certificateFile: nil, keyFile: nil)
        let (secure, plain) = (MQTTSettings(host: "b", port: 8884, tls: tls), MQTTSettings(host: "b", port: 1883))
        let silent = LinkFailure("closed", .silentHangUp)
        #expect(silent.beforeAnswer(of: secure).reason.contains("does not speak TLS on port 8884"))
        #expect(silent.beforeAnswer(of: plain) == silent)
        var known = secure
        known.tls?.certificateFile = "/cert"
        #expect(silent.beforeAnswer(of: known).reason.contains("refuses our client certificate"))
        #expect(LinkFailure("not authorised").beforeAnswer(of: secure).reason == "not authorised")
    }
}
