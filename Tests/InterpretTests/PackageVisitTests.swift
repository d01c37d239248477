import Base
import Interpret
import Testing

@Suite("A package that was left behind is told of until it is taken")
struct PackageVisitTests {
    @Test("it stays there for hours without any event, and is looked at as rarely as an empty porch")
    func liesForHours() throws {
        var script = try VisitScript()
        script.looks(10, package())
        script.interval = 2000
        script.looks(5000, package(0.72))
        #expect(script.events.map(\.phase) == [.started])
        #expect(script.rules.openCount(of: .package) == 1)
        #expect(!script.rules.isFollowing)
        script.look()
        #expect(script.rules.isFollowing, "it was not found: that must be looked into at once")
    }

    @Test("a person takes it: the visit ends as taken, with a person nearby")
    func taken() throws {
        var script = try VisitScript()
        script.looks(20, package())
        script.looks(10, package(), person(x: 0.42))
        script.looks(10, person(x: 0.42))
        script.looks(150)
        let ended = try #require(script.events.last { $0.label == .package })
        #expect(ended.phase == .ended && ended.reason == .taken && ended.personNearby == true)
    }

    @Test("whoever takes it need not be among the labels that are wanted")
    func takenByNobodyWanted() throws {
        var script = try VisitScript(labels: [.package])
        script.looks(20, package())
        script.looks(10, package(), person(x: 0.42))
        script.looks(150)
        #expect(script.events.map(\.phase) == [.started, .ended])
        #expect(script.events.last?.reason == .taken)
    }

    @Test("it is lost while nobody is there, or somebody far away: gone, not taken")
    func gone() throws {
        var script = try VisitScript()
        script.looks(20, package(), person(x: 0.05))
        script.looks(150, person(x: 0.05))
        let ended = try #require(script.events.last { $0.label == .package })
        #expect(ended.reason == .gone && ended.personNearby == false)
    }

    @Test("who brought it is told when it is announced")
    func brought() throws {
        var script = try VisitScript()
        script.looks(10, person(x: 0.42))
        script.looks(20, person(x: 0.2), package())
        #expect(script.events.first { $0.label == .package }?.personNearby == true)
        #expect(script.events.first { $0.label == .person }?.personNearby == nil)
        var alone = try VisitScript()
        alone.looks(20, package())
        #expect(alone.events.first?.personNearby == false)
    }

    @Test("somebody who stands in front of it for a minute does not end its visit")
    func hidden() throws {
        var script = try VisitScript()
        script.looks(20, package())
        script.looks(600, person(x: 0.4, y: 0.5))
        script.looks(90)
        script.looks(10, package())
        #expect(script.events.filter { $0.label == .package }.map(\.phase) == [.started])
    }

    @Test("somebody who stays in front of it for ever does")
    func hiddenForEver() throws {
        var script = try VisitScript()
        script.looks(20, package())
        script.looks(1400, person(x: 0.4, y: 0.5))
        #expect(script.events.last { $0.label == .package }?.phase == .ended)
    }

    @Test("a network that loses it for eight seconds is forgiven, one that loses it for eleven is believed")
    func flicker() throws {
        var script = try VisitScript()
        script.looks(20, package())
        script.looks(80)
        script.looks(5, package())
        #expect(script.count(.ended) == 0)
        script.looks(110)
        #expect(script.count(.ended) == 1)
    }
}
