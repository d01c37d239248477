import Base
import Publish
import Testing

@Suite struct ReadBackTests {
    private func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

    @Test("a broker that swallows silently what it may not pass on is noticed ten seconds after it took a message")
    func swallowed() {
        var readBack = ReadBack()
        readBack.connected(at: at(0))
        #expect(readBack.isDue(at: at(0)) && !readBack.isDue(at: at(1)))
        readBack.acknowledged(isRefused: false, at: at(1))
        #expect(!readBack.isDue(at: at(10)) && !readBack.isMissing)
        #expect(!readBack.isDue(at: at(11)) && readBack.isMissing)
    }

    @Test("a broker that passes a message on before it acknowledges it, as most do, swallows nothing")
    func passedOnFirst() {
        var readBack = ReadBack()
        readBack.connected(at: at(0))
        _ = readBack.isDue(at: at(0))
        readBack.heard()
        readBack.acknowledged(isRefused: false, at: at(0.1))
        #expect(!readBack.isDue(at: at(20)) && !readBack.isMissing)
    }

    @Test("it is tried again, and once the rights are right nothing is said any more")
    func rightsPutRight() {
        var readBack = ReadBack()
        readBack.connected(at: at(0))
        _ = readBack.isDue(at: at(0))
        readBack.acknowledged(isRefused: false, at: at(0))
        _ = readBack.isDue(at: at(10))
        let isTriedAgain = readBack.isDue(at: at(70))
        #expect(isTriedAgain)
        readBack.acknowledged(isRefused: false, at: at(70))
        readBack.heard()
        #expect(!readBack.isDue(at: at(90)) && !readBack.isMissing)
    }

    @Test("a connection that is lost meanwhile says nothing about rights")
    func lostConnection() {
        var readBack = ReadBack()
        readBack.connected(at: at(0))
        _ = readBack.isDue(at: at(0))
        readBack.acknowledged(isRefused: false, at: at(0))
        readBack.disconnected()
        #expect(!readBack.isDue(at: at(20)) && !readBack.isMissing)
        readBack.connected(at: at(30))
        let isTriedAgain = readBack.isDue(at: at(30))
        #expect(isTriedAgain)
    }

    @Test("a refusal in words is the broker's own, and is not told twice")
    func refused() {
        var readBack = ReadBack()
        readBack.connected(at: at(0))
        _ = readBack.isDue(at: at(0))
        readBack.acknowledged(isRefused: true, at: at(0))
        #expect(!readBack.isDue(at: at(20)) && !readBack.isMissing)
    }
}

@Suite struct ProbePlacesTests {
    private func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }

    private func asked() -> ProbePlaces {
        var places = ProbePlaces(own: "p/b/check", homeAssistant: "h/device/b/check")
        #expect(
            places.next()?.topic == "p/b/check" && places.next()?.topic == "h/device/b/check" && places.next() == nil)
        return places
    }

    @Test("a check of the broker writes below both prefixes and is content when both come back")
    func bothBack() {
        var places = asked()
        places.heard("p/b/check", at: at(1))
        #expect(!places.isOver(at: at(1)))
        places.heard("h/device/b/check", at: at(1))
        #expect(places.isOver(at: at(1)) && places.answer.problem == nil && places.answer.note == nil)
    }

    @Test("rights that forbid Home Assistant's prefix are a problem, named with the topic and the broker's reason")
    func refused() {
        var places = asked()
        places.heard("p/b/check", at: at(1))
        places.acknowledged(2, refusal: "Not authorized")
        let problem = places.answer.problem ?? ""
        #expect(places.isOver(at: at(1)) && problem.contains("h/device/b/check: Not authorized"))
    }

    @Test(
        "rights that swallow silently below Home Assistant's prefix are told, and whoever may write and not read has no problem"
    )
    func swallowed() {
        var places = asked()
        places.heard("p/b/check", at: at(1))
        places.acknowledged(2, refusal: nil)
        #expect(!places.isOver(at: at(2)) && places.isOver(at: at(3)))
        #expect(
            places.answer.problem == nil && places.answer.note?.contains("h/device/b/check does not come back") ?? false
        )
    }

    @Test("what is written below the box and does not come back is a problem")
    func ownMissing() {
        var places = asked()
        places.acknowledged(1, refusal: nil)
        places.heard("h/device/b/check", at: at(1))
        #expect(!places.isOver(at: at(7)) && places.answer.problem?.contains("commands will not arrive") ?? false)
    }

    @Test("after a lost connection everything is written once more")
    func again() {
        var places = asked()
        places.asksAgain()
        #expect(places.next()?.topic == "p/b/check")
    }
}
