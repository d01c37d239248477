import Base
import Interpret
import Testing

/// Looks every two seconds at a scene whose motion is given.
private struct SceneScript {
    var scene: StationaryObjectFilter
    var seconds = 0
    var learned: [BackgroundObject] = []
    var left: [Detection] = []

    init(known: [BackgroundObject] = []) {
        scene = StationaryObjectFilter(known: known, at: MonotonicTime(nanoseconds: 0)) {
            WallTime(milliseconds: $0.milliseconds)
        }
    }

    mutating func looks(minutes: Double, _ detections: Detection..., moves: Bool = false) {
        for _ in 0..<Int(minutes * 30) {
            let time = MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000)
            let look = scene.look(detections, at: time) { _ in moves }
            learned += look.learned
            left = look.detections
            seconds += 2
        }
    }
}

@Suite("What never moves is part of the scene, and is told as such")
struct StationaryObjectFilterTests {
    @Test("a coat that is taken for a person for half an hour is background, and no detection any more")
    func coat() {
        var script = SceneScript()
        script.looks(minutes: 29, person())
        #expect(script.learned.isEmpty && script.left.count == 1)
        script.looks(minutes: 2, person(0.6))
        #expect(script.learned.map(\.label) == [.person])
        #expect(script.learned.first?.since == WallTime(milliseconds: 0))
        #expect(script.left.isEmpty)
        #expect(script.scene.background.count == 1)
    }

    @Test("somebody who moves a hand now and then is never taken for a coat")
    func personOnBench() {
        var script = SceneScript()
        for _ in 0..<300 {
            script.looks(minutes: 0.8, person())
            script.looks(minutes: 0.1, person(), moves: true)
        }
        #expect(script.learned.isEmpty)
    }

    @Test("somebody who shifts in the picture is never taken for a coat")
    func shifting() {
        var script = SceneScript()
        for step in 0..<60 { script.looks(minutes: 2, person(x: step.isMultiple(of: 2) ? 0.4 : 0.42)) }
        #expect(script.learned.isEmpty)
    }

    @Test("a cat may sleep for most of an hour, and a parcel may lie all day")
    func patience() {
        var script = SceneScript()
        script.looks(minutes: 58, cat(), package())
        #expect(script.learned.isEmpty)
        script.looks(minutes: 60 * 22, package())
        #expect(script.learned.isEmpty && script.left.count == 1)
        script.looks(minutes: 120, package())
        #expect(script.learned.map(\.label) == [.package])
    }

    @Test("people who pass a coat delay it, but do not make it a person for ever")
    func passers() {
        var script = SceneScript()
        for _ in 0..<8 {
            script.looks(minutes: 5, person())
            script.looks(minutes: 0.05, person(), moves: true)
        }
        #expect(script.learned.count == 1)
    }

    @Test("somebody who comes where the coat hangs is a visitor at once, and the coat is one for two minutes more")
    func somebodyComes() {
        var script = SceneScript()
        script.looks(minutes: 31, person())
        #expect(script.left.isEmpty)
        script.looks(minutes: 0.05, person(0.9), moves: true)
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
        script.looks(minutes: 0.05, person(x: 0.7), person(), cat())
        #expect(script.left.map(\.label) == [.person, .pet])
        script.looks(minutes: 0.05, person(height: 0.6))
        #expect(script.left.count == 1)
    }

    @Test("a coat that is taken away is forgotten after two days, and what only stood for a while after minutes")
    func forgotten() {
        var script = SceneScript()
        script.looks(minutes: 31, person())
        script.looks(minutes: 60 * 47)
        #expect(script.scene.background.count == 1)
        script.looks(minutes: 62)
        #expect(script.scene.background.isEmpty)
        script.looks(minutes: 20, person())
        script.looks(minutes: 3)
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
    }

    @Test("hours in which nobody looked do not count as standing still")
    func gaps() {
        var script = SceneScript()
        script.looks(minutes: 1, person())
        script.seconds += 36_000
        script.looks(minutes: 1, person())
        #expect(script.learned.isEmpty)
    }

    @Test("a crowd fills no memory", arguments: [500])
    func crowd(count: Int) {
        var script = SceneScript()
        for step in 0..<count {
            let place = Double(step % 25) * 0.04
            script.looks(minutes: 0.04, person(x: place, y: Double(step / 25) * 0.05, width: 0.02, height: 0.02))
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
