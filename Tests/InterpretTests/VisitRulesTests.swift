import Base
import Interpret
import TestSupport
import Testing

@Suite("Visits begin when somebody is there, and only then")
struct VisitStartTests {
    @Test("a person in plain view is announced at the third look, within 0.3 s at 10 looks a second")
    func thirdLook() throws {
        var script = try VisitScript()
        script.looks(3, person(0.6))
        #expect(script.count(.started) == 1)
        let event = try #require(script.events.first)
        #expect(event.label == .person)
        #expect(event.id == "visit-1")
        #expect(event.at.milliseconds == 200)
        #expect(event.since.milliseconds == 0)
        #expect((event.looksSeen, event.looksTaken) == (3, 3))
        #expect(event.openCount == 1)
        #expect(event.regionOverlap == 1)
        #expect(event.settingsRevision == 1)
        #expect(event.reason == nil)
    }

    @Test("two looks are enough when both are very sure")
    func twoSureLooks() throws {
        var script = try VisitScript()
        script.looks(2, person(0.85))
        #expect(script.count(.started) == 1)
    }

    @Test("ghosts of one or two frames never become a visit", arguments: [1, 2])
    func ghosts(length: Int) throws {
        var script = try VisitScript()
        for round in 0..<20 {
            // Each elsewhere, as noise is.
            script.looks(length, person(0.75, x: Double(round % 5) * 0.2))
            script.looks(9)
        }
        #expect(script.events.isEmpty)
    }

    @Test("a person whom the network misses every second frame is announced within a second")
    func everySecondFrame() throws {
        var script = try VisitScript()
        for look in 0..<10 { script.look(look.isMultiple(of: 2) ? [person(0.6, x: 0.1 + 0.02 * Double(look))] : []) }
        #expect(script.count(.started) == 1)
        #expect((script.events.first?.at.milliseconds ?? .max) < 1000)
    }

    @Test("what is never as sure as MinConfidence never begins a visit")
    func belowMinConfidence() throws {
        var script = try VisitScript(minConfidence: 80)
        script.looks(50, person(0.79))
        #expect(script.events.isEmpty)
    }

    @Test("only the processor's labels count")
    func labels() throws {
        var script = try VisitScript(labels: [.pet])
        script.looks(20, person(0.9))
        #expect(script.events.isEmpty)
        script.looks(20, person(0.9), cat(0.9, x: 0.7))
        #expect(script.events.map(\.label) == [.pet])
    }

    @Test("exactly half in a region is not enough, a little more is")
    func moreThanHalf() throws {
        let right = Region.box(try #require(NormalizedBox(left: 0.5, top: 0, width: 0.5, height: 1)))
        var half = try VisitScript(regions: [right])
        half.looks(20, person(0.9, x: 0.375, width: 0.25))
        #expect(half.events.isEmpty)
        var more = try VisitScript(regions: [right])
        more.looks(20, person(0.9, x: 0.376, width: 0.25))
        #expect(more.count(.started) == 1)
        #expect(abs((more.events.first?.regionOverlap ?? 0) - 0.504) < 1e-9)
    }

    @Test("exactly half is not enough wherever the border lies: rounding does not decide", arguments: 0..<60)
    func exactlyHalf(step: Int) throws {
        let border = 0.2 + 0.01 * Double(step)
        let right = Region.box(try #require(NormalizedBox(left: border, top: 0, width: 1 - border, height: 1)))
        var script = try VisitScript(regions: [right])
        script.looks(5, person(0.9, x: border - 0.1, width: 0.2))
        #expect(script.events.isEmpty)
    }

    @Test("somebody on the left is no event for a region over the right half")
    func leftOfRegion() throws {
        var script = try VisitScript(regions: [
            .box(try #require(NormalizedBox(left: 0.5, top: 0, width: 0.5, height: 1)))
        ])
        script.looks(30, person(0.9, x: 0.1))
        #expect(script.events.isEmpty)
    }
}

@Suite("One visit is one pair of events")
struct VisitIdentityTests {
    @Test("a walk through the picture at 10 looks a second with misses is one visit", arguments: [2, 3, 5])
    func walk(missEvery: Int) throws {
        var script = try VisitScript()
        for look in 0..<60 {
            let walker = person(0.7, x: 0.014 * Double(look), width: 0.08, height: 0.3)
            script.look(look % missEvery == 1 ? [] : [walker])
        }
        script.looks(60)
        #expect(script.count(.started) == 1)
        #expect(script.count(.ended) == 1)
        #expect(script.events.last?.reason == .gone)
        #expect(Set(script.events.map(\.id)) == ["visit-1"])
    }

    @Test("somebody who is hidden for three seconds and comes back near the place is the same visit")
    func comesBack() throws {
        var script = try VisitScript()
        script.looks(10, person(0.7, x: 0.4))
        script.looks(30)
        script.looks(10, person(0.7, x: 0.55))
        script.looks(60)
        #expect(script.count(.started) == 1)
        #expect(script.count(.ended) == 1)
    }

    @Test("somebody who comes back after the quiet time is a second visit")
    func secondVisit() throws {
        var script = try VisitScript()
        script.looks(10, person())
        script.looks(50)
        script.looks(10, person())
        #expect(script.events.filter { $0.phase != .updated }.map(\.phase) == [.started, .ended, .started])
        #expect(Set(script.events.map(\.id)).count == 2)
    }

    @Test("two people apart are two visits, and the state knows how many are there")
    func twoPeople() throws {
        var script = try VisitScript()
        script.looks(5, person(x: 0.1), person(x: 0.7))
        #expect(script.events.map(\.openCount) == [1, 2])
        script.looks(50, person(x: 0.1))
        #expect(script.events.last?.phase == .ended)
        #expect(script.events.last?.openCount == 1)
        #expect(script.rules.openCount(of: .person) == 1)
    }

    @Test("two people who pass each other keep to two visits")
    func passing() throws {
        var script = try VisitScript()
        for look in 0..<50 {
            let shift = 0.015 * Double(look)
            script.look(person(0.7, x: 0.1 + shift), person(0.7, x: 0.8 - shift, y: 0.45))
        }
        #expect(script.count(.started) == 2)
        #expect(script.count(.ended) == 0)
    }

    @Test("the upper body and the whole body of one person are one visit")
    func upperBody() throws {
        var script = try VisitScript()
        script.looks(20, person(0.8, height: 0.5), person(0.6, height: 0.22))
        #expect(script.count(.started) == 1)
    }

    @Test("one animal called both cat and dog is one visit")
    func catAndDog() throws {
        var script = try VisitScript()
        var dog = cat(0.6, x: 0.41)
        dog.className = "dog"
        script.looks(20, cat(0.7), dog)
        #expect(script.count(.started, .pet) == 1)
    }

    @Test("a person whom the network calls a cat now and then is no pet")
    func personCalledCat() throws {
        var script = try VisitScript(minConfidence: 40)
        for look in 0..<40 {
            script.look(look % 3 == 1 ? [person(0.3), cat(0.5)] : [person(0.75)])
        }
        #expect(script.count(.started, .pet) == 0)
        #expect(script.count(.started, .person) == 1)
    }

    @Test("a person who walks out of the picture and is called a cat at its edge is no pet")
    func personLeavesAsCat() throws {
        var script = try VisitScript()
        // The network hesitates when they come in, too.
        script.looks(2, cat(0.3, x: 0.5))
        for step in 0..<12 { script.look(person(0.9, x: 0.5 - 0.02 * Double(step))) }
        for step in 12..<20 { script.look(cat(0.9, x: 0.5 - 0.02 * Double(step))) }
        #expect(script.count(.started, .person) == 1)
        #expect(script.count(.started, .pet) == 0)
    }

    @Test("a cat that comes out from where a person goes on standing is a pet")
    func catBesidePerson() throws {
        var script = try VisitScript()
        script.looks(10, person(0.9, x: 0.4))
        for step in 0..<10 {
            script.look(person(0.9, x: 0.4), cat(0.9, x: 0.42 + 0.04 * Double(step)))
        }
        #expect(script.count(.started, .person) == 1)
        #expect(script.count(.started, .pet) == 1)
    }

    @Test("a person and their dog side by side are two visits of two labels")
    func personAndPet() throws {
        var script = try VisitScript()
        script.looks(10, person(x: 0.3), cat(x: 0.45, y: 0.6, height: 0.1))
        #expect(script.count(.started, .person) == 1)
        #expect(script.count(.started, .pet) == 1)
    }
}

@Suite("Visits go on and end honestly")
struct VisitEndTests {
    @Test("a visit ends four seconds after the last sight, not before")
    func quietTime() throws {
        var script = try VisitScript()
        script.looks(10, person())
        let lastSeen = script.now - script.interval
        script.looks(39)
        #expect(script.count(.ended) == 0)
        script.looks(2)
        let end = try #require(script.events.last)
        #expect(end.phase == .ended)
        #expect(end.reason == .gone)
        #expect(end.at.milliseconds - lastSeen == 4000)
        #expect(end.openCount == 0)
    }

    @Test("frames that stay away for a minute do not end a visit by themselves")
    func stalledCamera() throws {
        var script = try VisitScript()
        script.looks(10, person())
        script.now += 60_000
        // The network misses somebody who is still there, as it does now and then.
        script.looks(2)
        script.looks(5, person())
        #expect(script.events.map(\.phase) == [.started])
    }

    @Test("confidence a little below MinConfidence and a box on a region's edge do not make the state flicker")
    func hysteresis() throws {
        let right = Region.box(try #require(NormalizedBox(left: 0.5, top: 0, width: 0.5, height: 1)))
        var script = try VisitScript(regions: [right])
        script.looks(5, person(0.6, x: 0.46))
        #expect(script.count(.started) == 1)
        // 40 % inside, at 0.42 of 0.5.
        script.looks(100, person(0.42, x: 0.44))
        #expect(script.count(.ended) == 0)
        // 30 % inside: out.
        script.looks(60, person(0.6, x: 0.43))
        #expect(script.count(.ended) == 1)
    }

    @Test("what stays but is no longer believed ends: once true is not always true")
    func reVerified() throws {
        var script = try VisitScript()
        script.looks(10, person(0.7))
        script.looks(100, person(0.3))
        #expect(script.count(.ended) == 1)
    }

    @Test("a clearly better picture is told, at most once a second")
    func updates() throws {
        var script = try VisitScript()
        for look in 0..<30 { script.look(person(min(0.95, 0.5 + 0.02 * Float(look)))) }
        let updates = script.events.filter { $0.phase == .updated }
        #expect((2...3).contains(updates.count))
        #expect(zip(updates, updates.dropFirst()).allSatisfy { $1.at.milliseconds - $0.at.milliseconds >= 1000 })
        #expect(updates.map(\.confidence) == updates.map(\.confidence).sorted())
        #expect(updates.allSatisfy { $0.openCount == 1 && $0.id == "visit-1" })
    }

    @Test("somebody who stands still gives no updates")
    func noUpdates() throws {
        var script = try VisitScript()
        script.looks(100, person(0.8))
        #expect(script.events.map(\.phase) == [.started])
    }

    @Test(
        "at the end of a session, a camera or the program every open visit ends with that reason",
        arguments: [
            Event.EndReason.cameraLost, .stopped, .deleted, .sessionEnded, .shutdown, .clipEnded,
        ])
    func endAll(reason: Event.EndReason) throws {
        var script = try VisitScript()
        script.looks(5, person(x: 0.1), person(x: 0.7), cat(x: 0.4, y: 0.1))
        let ends = script.rules.endAll(reason: reason, at: script.time)
        #expect(ends.count == 3)
        #expect(ends.allSatisfy { $0.phase == .ended && $0.reason == reason && $0.at == script.time })
        #expect(ends.last?.openCount == 0)
        #expect(!script.rules.isFollowing)
        #expect(script.rules.endAll(reason: reason, at: script.time).isEmpty)
        script.events = []
        script.looks(3, person(x: 0.1))
        #expect(script.count(.started) == 1)
    }

    @Test("something seen once is followed with more looks, nothing is not")
    func following() throws {
        var script = try VisitScript()
        script.looks(5)
        #expect(!script.rules.isFollowing)
        script.look(person())
        #expect(script.rules.isFollowing)
        script.looks(8)
        #expect(!script.rules.isFollowing)
    }
}

@Suite("Settings change between two frames")
struct VisitSettingsTests {
    @Test("a label that is taken away ends its visits at the next look and stays away")
    func labelTakenAway() throws {
        var script = try VisitScript()
        script.looks(5, person(0.9))
        script.change { $0.labels = [.pet] }
        let told = script.look(person(0.9))
        #expect(told.map(\.phase) == [.ended])
        #expect(told.first?.reason == .settingsChanged)
        #expect(told.first?.settingsRevision == 2)
        #expect(told.first?.openCount == 0)
        script.looks(50, person(0.9))
        #expect(script.count(.started) == 1)
    }

    @Test("MinConfidence 99.9 ends what is less sure; put back, the same person is a new visit")
    func minConfidence() throws {
        var script = try VisitScript()
        script.looks(5, person(0.9))
        script.change { $0.minConfidence = Confidence(percent: 99.9) ?? .half }
        script.looks(50, person(0.9))
        #expect(script.events.map(\.phase) == [.started, .ended])
        #expect(script.events.last?.reason == .settingsChanged)
        script.change { $0.minConfidence = .half }
        script.looks(5, person(0.9))
        #expect(script.count(.started) == 2)
    }

    @Test("a region that leaves the person out ends the visit, one that holds them does not")
    func region() throws {
        var script = try VisitScript()
        script.looks(5, person(0.9, x: 0.1))
        script.change { $0.regions = [.box(NormalizedBox(left: 0, top: 0, width: 0.5, height: 1) ?? .full)] }
        script.looks(5, person(0.9, x: 0.1))
        #expect(script.count(.ended) == 0)
        script.change { $0.regions = [.box(NormalizedBox(left: 0.5, top: 0, width: 0.5, height: 1) ?? .full)] }
        #expect(script.look(person(0.9, x: 0.1)).map(\.reason) == [.settingsChanged])
    }

    @Test("a change that still admits the visit lets it go on under the new revision")
    func harmlessChange() throws {
        var script = try VisitScript()
        script.looks(5, person(0.6))
        script.change { $0.labelNames = ["PERSON"] }
        script.looks(20, person(0.6))
        #expect(script.events.map(\.phase) == [.started])
        script.looks(50)
        #expect(script.events.last?.settingsRevision == 2)
    }
}

@Suite("Nothing outside can break the rules")
struct VisitRobustnessTests {
    @Test("random detections: every visit starts once, ends once, and the counts are right")
    func randomLooks() throws {
        var random = SplitMix(seed: 11)
        for _ in 0..<20 {
            var script = try VisitScript()
            for _ in 0..<300 {
                var detections: [Detection] = []
                for _ in 0..<Int.random(in: 0...6, using: &random) {
                    let make = Bool.random(using: &random) ? person : cat
                    detections.append(
                        make(
                            .random(in: 0...1, using: &random), .random(in: -0.2...1, using: &random),
                            .random(in: -0.2...1, using: &random), .random(in: 0...0.6, using: &random),
                            .random(in: 0...0.6, using: &random)))
                }
                script.look(detections)
            }
            script.events += script.rules.endAll(reason: .shutdown, at: script.time)
            expectSound(script.events)
        }
    }

    @Test("a clock that goes back or leaps neither crashes nor leaves a visit open")
    func badClock() throws {
        var script = try VisitScript()
        var random = SplitMix(seed: 5)
        for _ in 0..<500 {
            let times: [Int64] = [0, .max / 2_000_000, .min / 2_000_000, 1000, 2000, script.now]
            script.now = times.randomElement(using: &random) ?? 0
            script.look(Bool.random(using: &random) ? [person(0.9)] : [])
        }
        script.events += script.rules.endAll(reason: .shutdown, at: script.time)
        expectSound(script.events)
    }

    @Test("thousands of detections in one frame are bounded")
    func crowd() throws {
        var script = try VisitScript()
        let crowd = (0..<3000).map {
            person(0.9, x: Double($0 % 60) / 60, y: Double($0 / 60) / 60, width: 0.01, height: 0.01)
        }
        for _ in 0..<5 { script.look(crowd) }
        #expect(script.rules.openCount(of: .person) <= 50)
        expectSound(script.events + script.rules.endAll(reason: .shutdown, at: script.time))
    }

    private func expectSound(_ events: [Event]) {
        var open: [Label: Set<String>] = [:]
        var known: Set<String> = []
        for event in events {
            switch event.phase {
            case .started:
                #expect(known.insert(event.id).inserted)
                open[event.label, default: []].insert(event.id)
            case .updated: #expect(open[event.label]?.contains(event.id) ?? false)
            case .ended:
                #expect(open[event.label]?.remove(event.id) != nil)
                #expect(event.reason != nil)
            }
            #expect(event.openCount == open[event.label]?.count)
        }
        #expect(open.values.allSatisfy { $0.isEmpty })
    }
}
