import Base
import Interpret
import TestSupport
import Testing

@Suite("Weak looks at something that moves along a path add up to a visit")
struct PathVisitTests {
    /// A small cat that crosses the picture.
    private func crossing(_ step: Int, _ confidence: Float, stride: Double = 0.02) -> Detection {
        cat(confidence, x: 0.05 + stride * Double(step), y: 0.7, width: 0.06, height: 0.05)
    }

    @Test("a cat of which no look is as sure as MinConfidence is one visit, and how sure is said apart")
    func nightCat() throws {
        var script = try VisitScript()
        for step in 0..<40 { script.look(crossing(step, step.isMultiple(of: 3) ? 0.22 : 0.35)) }
        script.looks(60)
        #expect(script.events.filter { $0.phase != .updated }.map(\.phase) == [.started, .ended])
        let start = try #require(script.events.first)
        #expect(start.label == .pet && start.confidence.value < 0.5)
        #expect(try #require(start.pathConfidence) >= .half)
        #expect(start.at.milliseconds < 1500)
    }

    @Test("a visit of sure looks has no figure of a path")
    func sure() throws {
        var script = try VisitScript()
        for step in 0..<20 { script.look(crossing(step, 0.7)) }
        #expect(script.count(.started) == 1 && script.events.first?.pathConfidence == nil)
    }

    @Test("a lamp that glimmers where it is never adds up, however long", arguments: [0.2, 0.35, 0.49] as [Float])
    func lamp(confidence: Float) throws {
        var script = try VisitScript()
        var random = SplitMix(seed: 3)
        for _ in 0..<2000 {
            script.look(
                cat(
                    confidence, x: 0.4 + .random(in: -0.02...0.02, using: &random),
                    y: 0.4 + .random(in: -0.02...0.02, using: &random)))
        }
        #expect(script.events.isEmpty)
    }

    @Test("noise that flickers in random places never adds up", arguments: 0..<40 as Range<UInt64>)
    func noise(seed: UInt64) throws {
        var script = try VisitScript()
        var random = SplitMix(seed: seed)
        for _ in 0..<1000 {
            let count = Int.random(in: 0...2, using: &random)
            script.look(
                (0..<count).map { _ in
                    cat(
                        .random(in: 0.05...0.45, using: &random), x: .random(in: 0...0.9, using: &random),
                        y: .random(in: 0...0.9, using: &random), width: 0.08, height: 0.08)
                })
        }
        #expect(script.events.isEmpty)
    }

    @Test("something that swings to and fro has no path")
    func swing() throws {
        var script = try VisitScript()
        let places = [0, 1, 2, 3, 4, 3, 2, 1]
        for look in 0..<400 { script.look(crossing(places[look % 8], 0.3, stride: 0.015)) }
        #expect(script.events.isEmpty)
    }

    @Test("who asks for 90 % is not told of looks at 30 %, whatever their path")
    func strict() throws {
        var script = try VisitScript(minConfidence: 90)
        for step in 0..<60 { script.look(crossing(step, 0.3, stride: 0.012)) }
        #expect(script.events.isEmpty)
    }

    @Test("who asks for 99 % is told of nothing that no single look is so sure of")
    func stricter() throws {
        var script = try VisitScript(minConfidence: 99)
        for step in 0..<60 { script.look(crossing(step, 0.95, stride: 0.012)) }
        #expect(script.events.isEmpty)
    }

    @Test("the higher MinConfidence, the more looks it takes", arguments: [0.3, 0.4] as [Float])
    func scaled(confidence: Float) throws {
        let starts = try [30.0, 50, 70].map { minConfidence -> Int64 in
            var script = try VisitScript(minConfidence: minConfidence)
            for step in 0..<40 where script.events.isEmpty { script.look(crossing(step, confidence)) }
            return script.events.first?.at.milliseconds ?? .max
        }
        #expect(starts == starts.sorted() && Set(starts).count > 1)
    }

    @Test("a path outside the region counts for nothing, and so does another label's")
    func elsewhere() throws {
        let above = Region.box(try #require(NormalizedBox(left: 0, top: 0, width: 1, height: 0.5)))
        var script = try VisitScript(regions: [above])
        for step in 0..<40 { script.look(crossing(step, 0.4)) }
        var people = try VisitScript(labels: [.person])
        for step in 0..<40 { people.look(crossing(step, 0.4)) }
        #expect(script.events.isEmpty && people.events.isEmpty)
    }

    @Test("it goes on while it is seen as weakly as it began, and ends when MinConfidence rises above its path")
    func goesOn() throws {
        var script = try VisitScript()
        for step in 0..<40 { script.look(crossing(step, 0.3)) }
        for _ in 0..<100 { script.look(crossing(40, 0.2)) }
        #expect(script.count(.started) == 1 && script.count(.ended) == 0)
        script.change { $0.minConfidence = Confidence(percent: 95) ?? .half }
        #expect(script.look(crossing(40, 0.3)).map(\.reason) == [.settingsChanged])
    }

    @Test("a slow board with two looks a second finds a cat that takes six seconds")
    func slowBoard() throws {
        var script = try VisitScript()
        script.interval = 500
        for step in 0..<12 { script.look(crossing(step, 0.4, stride: 0.035)) }
        #expect(script.count(.started) == 1)
    }
}
