import Base
import Interpret
import Testing

@Suite("Analyzers turn looks into events")
struct AnalyzerTests {
    private func processor(_ plan: ProcessorPlan, keepsSamples: Bool = false) throws -> ActiveProcessor {
        ActiveProcessor(
            name: try #require(ProcessorName("porch")), camera: try #require(CameraName("front")),
            settings: AnalysisSettings(plan: plan, revision: 3), sessionID: "session",
            dataSharingOptIn: keepsSamples)
    }

    private func home(keepsSamples: Bool = false) throws -> ActiveProcessor {
        try processor(
            .connectedHome(ConnectedHomePlan(labelNames: ["ALL"], labels: [.person, .pet])),
            keepsSamples: keepsSamples)
    }

    private var tools: AnalyzerTools { AnalyzerTools(makeID: { "visit" }, faces: ScriptedFaces()) }

    private func facts(_ look: Int, _ visitors: Detection...) -> LookFacts {
        LookFacts(at: MonotonicTime(nanoseconds: Int64(look) * 100_000_000), visitors: visitors)
    }

    @Test("a connected home hears of who comes by, with the revision that was in force")
    func connectedHome() throws {
        let home = try home()
        var analyzer = try #require(AnalyzerTable.analyzer(for: home, tools))
        let events = (0..<3).flatMap { analyzer.analyse(facts($0, person()), for: home).events }
        #expect(events.map(\.phase) == [.started])
        #expect(events.first?.sessionID == "session" && events.first?.settingsRevision == 3)
        #expect(analyzer.isFollowing)
    }

    @Test("a face search that has nowhere to write to has no analyzer")
    func faceSearch() throws {
        let family = try #require(CollectionID("family"))
        let faces = try processor(.faceSearch(try #require(FaceSearchPlan(collectionID: family))))
        #expect(AnalyzerTable.analyzer(for: faces, tools) == nil)
    }

    @Test("a camera that comes back begins anew: whoever is there is a new visit")
    func cameraComesBack() throws {
        let home = try home()
        var analyzer = try #require(AnalyzerTable.analyzer(for: home, tools))
        for look in 0..<3 { _ = analyzer.analyse(facts(look, person()), for: home) }
        let ended = analyzer.endAll(.cameraLost, at: MonotonicTime(nanoseconds: 300_000_000))
        #expect(ended.map(\.reason) == [.cameraLost] && !analyzer.isFollowing)
        let events = (4..<7).flatMap { analyzer.analyse(facts($0, person()), for: home).events }
        #expect(events.map(\.phase) == [.started])
    }

    @Test("what was shown to the owner as a sample is not shown again because the camera was away")
    func samplesStayKnown() throws {
        let home = try home(keepsSamples: true)
        var analyzer = try #require(AnalyzerTable.analyzer(for: home, tools))
        let first = analyzer.analyse(facts(0, cat(0.4)), for: home).sample
        #expect(first?.label == .pet)
        _ = analyzer.endAll(.cameraLost, at: MonotonicTime(nanoseconds: 100_000_000))
        let again = analyzer.analyse(facts(9000, cat(0.4)), for: home).sample
        #expect(again == nil)
    }

    @Test("who keeps no samples gets none")
    func noSamples() throws {
        let home = try home()
        var analyzer = try #require(AnalyzerTable.analyzer(for: home, tools))
        let sample = analyzer.analyse(facts(0, cat(0.4)), for: home).sample
        #expect(sample == nil)
    }
}
