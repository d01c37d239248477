import Base
import Evaluate
import Testing

@Suite("Clips and who comes by")
struct ClipTruthTests {
    private func visit(_ label: Label, _ from: Double, _ to: Double) -> ClipVisit {
        ClipVisit(label: label, span: from...to, confidence: .half)
    }

    private func scores(_ clip: JSONValue, _ visits: [ClipVisit], tolerance: JSONValue = 2) throws -> [ClipScore] {
        let truths = try ClipTruths(checking: ["clips": ["a.mp4": clip], "tolerance": tolerance])
        return truths.scores(of: try #require(truths.clips.first), seen: visits)
    }

    @Test("numbers are compared label by label; a label that is not named is not judged")
    func numbers() throws {
        let seen = [visit(.person, 0, 1), visit(.person, 5, 6), visit(.pet, 0, 1), visit(.package, 0, 1)]
        let scores = try scores(["PERSON": 3, "PET": 0], seen)
        #expect(
            scores == [
                ClipScore(label: .person, expected: 3, seen: 2, found: 2),
                ClipScore(label: .pet, expected: 0, seen: 1, found: 0),
            ])
        #expect(scores.map(\.missed) == [1, 0] && scores.map(\.byNobody) == [0, 1])
    }

    @Test("a visit counts for the one that it meets in time, such that as many as possible are found")
    func spans() throws {
        // The first told visit could stand for both; only so can the second one count, too.
        let seen = [visit(.person, 3, 12), visit(.person, 0, 4)]
        #expect(try scores(["PERSON": [[2, 5], [9, 11]]], seen).first?.found == 2)
        #expect(try scores(["PERSON": [[20, 22]]], seen, tolerance: 7).first?.found == 0)
        #expect(try scores(["PERSON": [[20, 22]]], seen, tolerance: 8).first?.found == 1)
        #expect(try scores(["PERSON": []], seen).first?.byNobody == 2)
    }

    @Test("sums are over all clips that name the label")
    func sums() throws {
        let all = try scores(["PERSON": 1], []) + scores(["PERSON": 2, "PET": 1], [visit(.person, 0, 1)])
        #expect(ClipScore.sum(all, of: .person) == ClipScore(label: .person, expected: 3, seen: 1, found: 1))
        #expect(ClipScore.sum(all, of: .package) == ClipScore(label: .package, expected: 0, seen: 0, found: 0))
    }

    @Test(
        "the first flaw is told with its path",
        arguments: [
            ([], "$.clips"), (["clips": [:]], "$.clips"), (["clips": ["/a": [:]]], "$.clips[\"/a\"]"),
            (["clips": ["a": ["PERSON": 1.5]]], "$.clips[\"a\"].PERSON"),
            (["clips": ["a": ["PERSON": [[1, 2, 3]]]]], "$.clips[\"a\"].PERSON[0]"),
            (["clips": ["a": ["PERSON": [[-1, 2]]]]], "$.clips[\"a\"].PERSON[0]"),
            (["clips": ["a": ["person": 1]]], "$.clips[\"a\"].person"),
            (["clips": ["a": [:]], "tolerance": -1], "$.tolerance"),
        ] as [(JSONValue, String)])
    func flaws(json: JSONValue, path: String) {
        let error = #expect(throws: EvaluateError.self) { try ClipTruths(checking: json) }
        guard case .dataset(let told, _) = error else {
            Issue.record("another error")
            return
        }
        #expect(told == path)
    }
}

@Suite("Accuracy by source")
struct SourceAccuracyTests {
    @Test("each source counts once, however many pictures it has, and the worst one is named")
    func overSources() throws {
        let over = try #require(OverSources([("b", 0.2), ("a", 0.2), ("c", nil), ("d", 0.8)], higherIsBetter: true))
        #expect(isNear(over.mean, 0.4) && over.worst == 0.2 && over.worstSource == "b")
        let alarms = try #require(OverSources([("a", 0.1), ("b", 0.3)], higherIsBetter: false))
        #expect(alarms.worst == 0.3 && alarms.worstSource == "b")
        #expect(OverSources([("a", nil)], higherIsBetter: true) == nil)
    }

    @Test("a picture counts for its own source: what is wrong in one does not make the other worse")
    func apart() throws {
        var scene = Scene()
        let there = try box(0, 0, 40, 40)
        for _ in 0..<3 { try scene.picture([truth("cat", there)], [detection("cat", 0.9, there)], source: "good") }
        try scene.picture([truth("cat", there)], [], source: "poor")
        try scene.picture([], [detection("dog", 0.6, there)], source: "poor")
        try scene.picture([], [], source: "good")
        try scene.picture([truth("cat", there)], [], source: nil)
        let report = try scene.report()
        #expect(report.sources.map(\.name) == ["good", "poor"])
        #expect(report.sources.map(\.pictures) == [4, 2])
        #expect(report.sources.map { $0.classes[1].averagePrecision } == [1, 0])
        #expect(report.sources.map { $0.labels[1].boxes } == [3, 1])
        #expect(report.sources.map(\.alarmRatio) == [0, 1])
    }
}
