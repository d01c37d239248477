import Base
import Interpret
import Testing

@Suite("What a look has seen, for whoever watches")
struct SeenLookTests {
    private let size = PixelSize(width: 1280, height: 720)

    private func porch(_ labels: Set<Label> = [.person], regions: [Region] = []) throws -> ActiveProcessor {
        let plan = ConnectedHomePlan(labelNames: ["ALL"], labels: labels, minConfidence: .half, regions: regions)
        return ActiveProcessor(
            name: try #require(ProcessorName("porch")), camera: try #require(CameraName("front")),
            settings: AnalysisSettings(plan, revision: 7), sessionID: "session", dataSharingOptIn: false)
    }

    private func look(
        _ facts: LookFacts, by processor: ActiveProcessor, _ analyzer: (any Analyzer)? = nil
    ) throws -> SeenLook {
        SeenLook(
            camera: processor.camera, size: try #require(size), facts, motion: .init(), by: [(processor, analyzer)])
    }

    private func facts(_ visitors: [Detection], at look: Int = 0) -> LookFacts {
        LookFacts(at: MonotonicTime(nanoseconds: Int64(look) * 100_000_000), visitors: visitors)
    }

    @Test("each box says for which processor it counts, and why it does not where it does not")
    func reasons() throws {
        let left = try #require(NormalizedBox(left: 0, top: 0, width: 0.5, height: 1))
        let porch = try porch(regions: [.box(left)])
        let (inside, weak, outside) = (person(0.9, x: 0.1), person(0.4, x: 0.2), person(0.8, x: 0.45))
        let (statue, coat, hidden) = (person(0.7, x: 0.3), person(0.6, x: 0.25), cat(0.5, x: 0.1))
        var facts = facts([weak, outside, inside, hidden])
        (facts.still, facts.background) = ([statue], [statue])
        facts.nobody = [(coat, "place 1")]
        let verdicts = try look(facts, by: porch).things.map { ($0.detection, $0.verdicts.first?.refusal) }
        #expect(verdicts.map(\.0) == [inside, outside, statue, coat, hidden, weak], "the surest first")
        #expect(verdicts[0].1 == nil)
        #expect(verdicts[1].1?.kind == "region" && verdicts[2].1 == .background)
        #expect(verdicts[3].1 == .calledNobody("place 1") && verdicts[4].1 == .labelNotChosen)
        #expect(verdicts[5].1 == .confidence(best: weak.confidence, wanted: .half))
    }

    @Test("what belongs to a visit says to which")
    func visit() throws {
        let porch = try porch()
        let tools = AnalyzerTools(makeID: { "visit" }, faces: ScriptedFaces())
        var analyzer = try #require(AnalyzerTable.analyzer(for: porch, tools))
        for number in 0..<2 { _ = analyzer.analyse(facts([person()], at: number), for: porch) }
        #expect(try look(facts([person()], at: 1), by: porch, analyzer).things.first?.verdicts.first?.visit == nil)
        _ = analyzer.analyse(facts([person()], at: 2), for: porch)
        let seen = try look(facts([person()], at: 2), by: porch, analyzer)
        #expect(seen.things.first?.verdicts == [SeenLook.Verdict(processor: porch.name, visit: "visit")])
    }

    @Test("of a picture full of things the surest are told, and the others counted")
    func bounded() throws {
        let crowd = (0..<50).map { person(Float($0) / 50, x: Double($0) / 100) }
        let seen = try look(facts(crowd), by: porch())
        #expect(seen.things.count == SeenLook.mostThings && seen.thingsLeftOut == 50 - SeenLook.mostThings)
        #expect(seen.things.first?.detection == crowd.last)
    }

    @Test("as JSON it has the picture's size, confidences in percent, boxes in shares, and what was missed")
    func json() throws {
        let json = try look(facts([person(0.871)]), by: porch()).json(missed: 3)
        #expect(json["width"] == 1280 && json["height"] == 720 && json["missed"] == 3 && json["leftOut"] == 0)
        #expect(json["processors"]?.array?.first?["settingsRevision"] == 7)
        let thing = try #require(json["detections"]?.array?.first)
        #expect(thing["label"] == "PERSON" && thing["class"] == "person" && thing["confidence"] == 87.1)
        #expect(thing["boundingBox"]?["left"]?.double == 0.4)
        #expect(thing["processors"]?.array?.first?["counts"] == true)
    }
}
