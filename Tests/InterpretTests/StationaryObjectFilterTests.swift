import Base
import Interpret
import Testing

/// Looks, every two seconds unless said otherwise, at a scene whose motion is given.
private struct SceneScript {
    var scene: StationaryObjectFilter
    var milliseconds: Int64 = 0
    var interval: Int64 = 2000
    var learned: [BackgroundObject] = []
    var left: [Detection] = []

    init(known: [BackgroundObject] = [], present: [BackgroundObject] = []) {
        scene = StationaryObjectFilter(known: known, present: present, at: MonotonicTime(nanoseconds: 0)) {
            WallTime(milliseconds: $0.milliseconds)
        }
    }

    mutating func looks(minutes: Double, _ detections: Detection..., motion: BoxMotion = .still) {
        for _ in 0..<Int(minutes * 60_000) / Int(interval) { look(detections) { _ in motion } }
    }

    mutating func look(_ detections: [Detection], motion: (NormalizedBox) -> BoxMotion) {
        let time = MonotonicTime(nanoseconds: milliseconds * 1_000_000)
        let look = scene.look(detections, at: time) { box, _ in motion(box) }
        #expect(look.detections.count + look.still.count == detections.count)
        learned += look.learned
        left = look.detections
        milliseconds += interval
    }

    /// Somebody comes in: the camera has been looking for a while, and then the whole box moves.
    mutating func arrives(_ detections: Detection...) {
        looks(minutes: 0.5)
        look(detections) { _ in .arriving }
    }
}

extension BoxMotion {
    fileprivate static let still = BoxMotion(share: 0, own: 0, bornInside: 0, cells: 500)
    /// All of it, from somewhere else.
    fileprivate static let arriving = BoxMotion(share: 0.55, own: 250, bornInside: 0, cells: 500)
    /// A hand.
    fileprivate static let hand = BoxMotion(share: 0.02, own: 8, bornInside: 8, cells: 500)
    /// A cat in front of it.
    fileprivate static let passer = BoxMotion(share: 0.2, own: 60, bornInside: 0, cells: 500)
}

@Suite("What has not moved since it is there is nobody")
struct UnmovedObjectTests {
    @Test("a parked car that is a person in every look is never one, and is listed after half a minute")
    func parkedCar() {
        var script = SceneScript()
        script.looks(minutes: 0.4, person())
        #expect(script.left.isEmpty && script.scene.background.isEmpty)
        script.looks(minutes: 0.4, person())
        #expect(script.left.isEmpty && script.scene.background.map(\.label) == [.person])
        script.looks(minutes: 40, person())
        #expect(script.left.isEmpty && script.scene.background.count == 1)
    }

    @Test("a cat that walks past it does not make it a person")
    func catInFront() {
        var script = SceneScript()
        script.looks(minutes: 1, person())
        script.interval = 100
        for _ in 0..<30 {
            script.look([person()]) { _ in .passer }
            #expect(script.left.isEmpty)
        }
    }

    @Test("a cat that walks past stretches the car's box, and it is the same car")
    func stretched() {
        var script = SceneScript()
        script.looks(minutes: 1, person(width: 0.2))
        script.interval = 100
        for _ in 0..<10 { script.look([person(x: 0.36, width: 0.3)]) { $0.width > 0.25 ? .hand : .passer } }
        #expect(script.left.isEmpty)
    }

    @Test("somebody who sat there before the start is found when they move a hand, within half a second")
    func movesAHand() {
        var script = SceneScript()
        script.looks(minutes: 0.2, person())
        #expect(script.left.isEmpty)
        script.interval = 100
        for _ in 0..<5 { script.look([person()]) { _ in .hand } }
        #expect(script.left.count == 1)
        script.interval = 2000
        script.looks(minutes: 5, person())
        #expect(script.left.count == 1, "and stays, whether they go on moving or not")
    }

    @Test("a drop of rain that runs down inside the box is no hand")
    func rain() {
        var script = SceneScript()
        script.looks(minutes: 1, person())
        for _ in 0..<20 {
            script.look([person()]) { _ in .hand }
            script.looks(minutes: 0.2, person())
            #expect(script.left.isEmpty)
        }
    }

    @Test("who walks in counts from the first look, also in the first seconds")
    func walksIn() {
        var script = SceneScript()
        script.interval = 100
        for step in 0..<20 {
            script.look([person(x: 0.1 + 0.03 * Double(step))]) { _ in .arriving }
            #expect(script.left.count == 1)
        }
    }

    @Test("exposure that settles at the start makes nobody of a coat")
    func settling() {
        var script = SceneScript()
        script.interval = 100
        for _ in 0..<19 { script.look([person()]) { _ in .passer } }
        script.interval = 2000
        script.looks(minutes: 1, person())
        #expect(script.left.isEmpty)
    }

    @Test("somebody who comes to where a coat hangs, and stays, is a visitor within two seconds")
    func takesThePlace() {
        var script = SceneScript()
        script.looks(minutes: 1, person())
        script.interval = 100
        for _ in 0..<20 { script.look([person(0.9)]) { _ in .arriving } }
        #expect(script.left.count == 1)
    }

    @Test("while the whole scene moves nothing new counts, for three seconds; then motion tells nothing and all counts")
    func unclear() {
        var script = SceneScript()
        script.looks(minutes: 0.5)
        script.interval = 100
        for step in 0..<29 { script.look([person(x: Double(step % 3) * 0.3)]) { _ in .unclear } }
        #expect(script.left.isEmpty)
        for step in 0..<9 { script.look([person(x: 0.1 + Double(step % 3) * 0.3)]) { _ in .unclear } }
        #expect(script.left.count == 1)
    }

    @Test("whole and half of somebody who stands still are one and the same")
    func halfAndWhole() {
        var script = SceneScript()
        script.arrives(person(height: 0.5))
        script.looks(minutes: 0.1, person(height: 0.5))
        script.looks(minutes: 0.1, person(height: 0.22))
        #expect(script.left.count == 1)
    }

    @Test("noise below a tenth counts when it moves, and is not remembered")
    func weak() {
        var script = SceneScript()
        script.looks(minutes: 1)
        script.look([person(0.08)]) { _ in .still }
        #expect(script.left.isEmpty)
        script.look([person(0.08)]) { _ in .arriving }
        #expect(script.left.count == 1)
    }
}

@Suite("A package counts when it comes, and not when it was there before")
struct UnmovedPackageTests {
    @Test("a package that was there at the first look is background, also when somebody walks past it")
    func thereBefore() {
        var script = SceneScript()
        script.looks(minutes: 1, package())
        #expect(script.left.isEmpty && script.scene.background.map(\.label) == [.package])
        script.interval = 100
        for _ in 0..<10 { script.look([package()]) { _ in .arriving } }
        #expect(script.left.isEmpty, "a second in front of it")
        for _ in 0..<30 { script.look([package()]) { _ in .hand } }
        #expect(script.left.isEmpty, "reflections on it")
    }

    @Test("a package that comes later counts, whether anybody was seen to bring it or not")
    func comesLater() {
        var script = SceneScript()
        script.looks(minutes: 1)
        script.looks(minutes: 0.1, package())
        #expect(script.left.count == 1)
        script.looks(minutes: 60, package())
        #expect(script.left.count == 1 && script.scene.background.isEmpty)
    }

    @Test("a parcel and a sleeping cat are visitors after a restart, too, as long as they are still there")
    func restart() {
        var before = SceneScript()
        before.arrives(package(), cat(x: 0.7))
        before.looks(minutes: 2, package(), cat(x: 0.7))
        #expect(before.scene.present.map(\.label) == [.package, .pet] && before.left.count == 2)
        var after = SceneScript(present: before.scene.present)
        after.look([package(), cat(x: 0.7)]) { _ in .unclear }
        #expect(after.left.count == 2)
        #expect(after.scene.present == before.scene.present, "a second restart at once loses nothing")
        after.looks(minutes: 3)
        #expect(after.scene.present.isEmpty)
    }
}

@Suite("What never moves is part of the scene, and is told as such")
struct StationaryObjectFilterTests {
    @Test("a coat that is taken for a person for half an hour is background, and no detection any more")
    func coat() {
        var script = SceneScript()
        script.arrives(person())
        script.looks(minutes: 29, person())
        #expect(script.learned.isEmpty && script.left.count == 1)
        script.looks(minutes: 2, person(0.6))
        #expect(script.learned.map(\.label) == [.person])
        #expect(script.learned.first?.since == WallTime(milliseconds: 30_000))
        #expect(script.left.isEmpty)
        #expect(script.scene.background.count == 1)
    }

    @Test("somebody who moves a hand now and then is never taken for a coat")
    func personOnBench() {
        var script = SceneScript()
        for _ in 0..<300 {
            script.looks(minutes: 0.8, person())
            script.looks(minutes: 0.1, person(), motion: .hand)
        }
        #expect(script.learned.isEmpty && script.left.count == 1)
    }

    @Test("somebody who shifts in the picture is never taken for a coat")
    func shifting() {
        var script = SceneScript()
        script.arrives(person())
        for step in 0..<60 { script.looks(minutes: 2, person(x: step.isMultiple(of: 2) ? 0.4 : 0.42)) }
        #expect(script.learned.isEmpty)
    }

    @Test("a cat may sleep for most of an hour, and a parcel may lie all day")
    func patience() {
        var script = SceneScript()
        script.arrives(cat(), package())
        script.looks(minutes: 58, cat(), package())
        #expect(script.learned.isEmpty && script.left.count == 2)
        script.looks(minutes: 60 * 22, package())
        #expect(script.learned.isEmpty && script.left.count == 1)
        script.looks(minutes: 120, package())
        #expect(script.learned.map(\.label) == [.package])
    }

    @Test("people who pass a coat delay it, but do not make it a person for ever")
    func passers() {
        var script = SceneScript()
        script.arrives(person())
        for _ in 0..<8 {
            script.looks(minutes: 5, person())
            script.looks(minutes: 0.05, person(), motion: .hand)
        }
        #expect(script.learned.count == 1)
    }

    @Test("somebody who comes where the coat hangs is a visitor, and the coat is one for two minutes more")
    func somebodyComes() {
        var script = SceneScript()
        script.arrives(person())
        script.looks(minutes: 31, person())
        #expect(script.left.isEmpty)
        script.looks(minutes: 0.07, person(0.9), motion: .arriving)
        #expect(script.left.count == 1)
        #expect(script.scene.background.count == 1, "it is still known, and told")
        script.looks(minutes: 1.8, person())
        #expect(script.left.count == 1)
        script.looks(minutes: 0.5, person())
        #expect(script.left.isEmpty && script.learned.count == 2)
    }

    @Test("somebody elsewhere, or of another size, is no coat")
    func elsewhere() {
        var script = SceneScript()
        script.looks(minutes: 31, person())
        script.look([person(x: 0.7), person(), cat()]) { $0 == person().box ? .still : .arriving }
        #expect(script.left.map(\.label) == [.person])
        script.look([cat(height: 0.6)]) { _ in .arriving }
        #expect(script.left.map(\.label) == [.pet])
        script.look([person(height: 0.7)]) { _ in .arriving }
        #expect(script.left.count == 1)
    }

    @Test("a coat that is taken away is forgotten after two days, and what only stood for a while after minutes")
    func forgotten() {
        var script = SceneScript()
        script.arrives(person())
        script.looks(minutes: 31, person())
        script.looks(minutes: 60 * 47)
        #expect(script.scene.background.count == 1)
        script.looks(minutes: 62)
        #expect(script.scene.background.isEmpty)
        script.arrives(person())
        script.looks(minutes: 20, person())
        script.looks(minutes: 3)
        script.arrives(person())
        script.looks(minutes: 20, person())
        #expect(script.learned.count == 1)
    }

    @Test("what an earlier start has learned is known, until the owner says forget")
    func knownFromBefore() {
        var before = SceneScript()
        before.looks(minutes: 31, person())
        var script = SceneScript(known: before.scene.background)
        script.looks(minutes: 0.05, person())
        #expect(script.left.isEmpty && script.scene.background == before.scene.background)
        script.scene.forget()
        script.looks(minutes: 0.05, person())
        #expect(script.left.count == 1 && script.scene.background.isEmpty)
        script.looks(minutes: 10, person())
        #expect(script.left.count == 1, "it counts without moving: the owner has said so")
        script.looks(minutes: 0.05, person(), person(x: 0.7))
        #expect(script.left.count == 1, "but only what was there then")
    }

    @Test("hours in which nobody looked do not count as standing still")
    func gaps() {
        var script = SceneScript()
        script.arrives(person())
        script.looks(minutes: 1, person())
        script.milliseconds += 36_000_000
        script.looks(minutes: 1, person())
        #expect(script.learned.isEmpty)
    }

    @Test("a crowd fills no memory", arguments: [500])
    func crowd(count: Int) {
        var script = SceneScript()
        for step in 0..<count {
            let place = Double(step % 25) * 0.04
            script.looks(minutes: 0.04, person(x: place, y: Double(step / 25) * 0.05, width: 0.02, height: 0.02))
            script.look([person(x: place, width: 0.02, height: 0.02)]) { _ in .arriving }
        }
        #expect(script.scene.background.isEmpty)
    }

    @Test("the visit of what has become background ends with that reason, once")
    func visitEnds() throws {
        var script = try VisitScript()
        script.looks(10, person())
        let coat = BackgroundObject(
            label: .person, box: person().box, confidence: .half, since: WallTime(milliseconds: 0))
        let ended = script.rules.absorb(coat, at: script.time)
        #expect(ended.map(\.reason) == [.background] && ended.first?.openCount == 0)
        #expect(script.rules.absorb(coat, at: script.time).isEmpty)
        script.looks(100)
        #expect(script.count(.started) == 1)
    }
}
