import Base
import Porchlight
import Testing

@Suite("When the pictures of a clip are shown")
struct ReplayClockTests {
    private let start = MonotonicTime(nanoseconds: 5_000_000_000)

    @Test("at full pace a second pass begins right behind the first, however quickly that was looked at")
    func fullPace() {
        var clock = ReplayClock(pause: .milliseconds(100))
        clock.beginPass(notBefore: start)
        _ = clock.time(at: .zero)
        let last = clock.time(at: .seconds(14))
        clock.beginPass(notBefore: nil)
        #expect(clock.time(at: .zero) == last + .milliseconds(100))
        #expect(clock.time(at: .seconds(1)) == last + .milliseconds(1100))
    }

    @Test("at its own speed a pass begins when it is played, and never before the end of the last one")
    func realtime() {
        var clock = ReplayClock(pause: .milliseconds(100))
        clock.beginPass(notBefore: start)
        let last = clock.time(at: .seconds(2))
        clock.beginPass(notBefore: start + .seconds(9))
        #expect(clock.time(at: .zero) == start + .seconds(9))
        clock.beginPass(notBefore: start)
        #expect(clock.time(at: .zero) > last)
    }

    @Test("a clip whose own times go back does not turn the clock back")
    func backwards() {
        var clock = ReplayClock(pause: .milliseconds(100))
        clock.beginPass(notBefore: start)
        let later = clock.time(at: .seconds(3))
        #expect(clock.time(at: .seconds(2)) == later)
    }
}

@Suite("Memory that is shared")
struct MemoryBudgetTests {
    @Test("what is given back can be taken by the next one, what is not given back cannot")
    func sharing() throws {
        let budget = MemoryBudget(limit: 100)
        var first = budget.take(70, within: .zero)
        #expect(first != nil && budget.used == 70)
        #expect(budget.take(40, within: .milliseconds(10)) == nil)
        first?.shrink(to: 60)
        #expect(budget.used == 60)
        let second = try #require(budget.take(40, within: .zero))
        first = nil
        #expect(budget.used == 40)
        second.shrink(to: 90)
        #expect(budget.used == 40, "a share does not grow")
    }

    @Test("more than there is at all is refused at once")
    func tooMuch() {
        let budget = MemoryBudget(limit: 100)
        #expect(budget.take(101, within: .seconds(60)) == nil)
        #expect(budget.take(-1, within: .seconds(60)) == nil)
        #expect(budget.used == 0)
    }
}
