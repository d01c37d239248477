import Base
import Porchlight
import Publish
import Testing

@Suite("What somebody should see to though everything runs is told in words") struct BoxTroublesTests {
    private let today = WallTime(milliseconds: 1_800_000_000_000)

    private func words(
        _ link: LinkStatus = LinkStatus(), time: WallTime? = nil, _ quality: TimeQuality = .synchronized,
        uptime: Duration = .seconds(3600)
    ) -> [String] {
        BoxTroubles.words(link: link, time: time ?? today, quality: quality, uptime: uptime)
    }

    @Test("a broker that refuses a topic, keeps nothing, or has another client of our name, is named")
    func broker() {
        var link = LinkStatus()
        link.refusals = ["homeassistant/device/box/config": "not authorized"]
        link.limits = ["it keeps no retained messages"]
        link.lastError = "another client uses our client id"
        #expect(words(link).isEmpty, "a broker that is away comes back")
        link.isConnected = true
        let told = words(link)
        #expect(told.count == 3)
        #expect(told.contains { $0.contains("homeassistant/device/box/config") && $0.contains("not authorized") })
        #expect(told.contains { $0.contains("no retained messages") } && told.contains { $0.contains("client id") })
    }

    @Test("a clock from before this program is told at once, one that nobody keeps right after ten minutes")
    func clock() {
        #expect(words(time: WallTime(milliseconds: 0), uptime: .zero).count == 1)
        #expect(words(.init(), .unsynchronized, uptime: .seconds(60)).isEmpty)
        #expect(words(.init(), .unsynchronized).count == 1 && words().isEmpty)
    }

    @Test("the processor's load is absent until it means something, and then what it was")
    func load() {
        var vitals = SystemVitals()
        func at(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }
        #expect(vitals.cpuPercent(at: at(0), used: .seconds(3)) == nil)
        #expect(vitals.cpuPercent(at: at(1), used: .seconds(4)) == nil, "a second after the start is chance")
        #expect(vitals.cpuPercent(at: at(20), used: .seconds(7)) == 20)
        #expect(vitals.cpuPercent(at: at(21), used: .seconds(8)) == 20, "asked twice, it is the same")
    }
}
