import Base
import Foundation
import Interpret
import Testing

@Suite("Real clips, as YOLOX-nano sees them frame by frame at 10 frames a second")
struct ClipTests {
    /// Frame by frame, what was seen.
    private func clip(_ name: String) throws -> [[Detection]] {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/Clips/\(name).json")
        let frames = try JSONDecoder().decode([[[Double]]].self, from: Data(contentsOf: url))
        return try frames.map { frame in
            try frame.map { row in
                Detection(
                    label: row[0] == 0 ? .person : .pet, className: row[0] == 0 ? "person" : "cat or dog",
                    confidence: Confidence(clamping: Float(row[1])),
                    box: try #require(
                        NormalizedBox(left: row[2], top: row[3], width: row[4] - row[2], height: row[5] - row[3])))
            }
        }
    }

    private func play(_ name: String, minConfidence: Double = 50, regions: [Region] = []) throws -> VisitScript {
        var script = try VisitScript(minConfidence: minConfidence, regions: regions)
        for frame in try clip(name) { script.look(frame) }
        script.events += script.rules.endAll(reason: .clipEnded, at: script.time)
        return script
    }

    @Test(
        "a person at a door at night is one visit and no pet, though the net says cat in 4 frames",
        arguments: [
            40, 50, 60, 70.0,
        ])
    func night(minConfidence: Double) throws {
        let script = try play("night", minConfidence: minConfidence)
        #expect(script.count(.started) == 1)
        #expect(script.count(.started, .person) == 1)
        #expect(script.count(.ended) == 1)
        let start = try #require(script.events.first)
        // Frame 29 is the first in which the whole person is in the picture.
        #expect((2900...3900).contains(start.at.milliseconds))
    }

    @Test("a region over the right half hears nothing while the person stands left")
    func rightHalf() throws {
        let right = Region.box(try #require(NormalizedBox(left: 0.5, top: 0, width: 0.5, height: 1)))
        #expect(try play("night", regions: [right]).events.isEmpty)
    }

    @Test("five people who come one by one are five visits")
    func oneByOne() throws {
        let script = try play("one-by-one")
        #expect(script.count(.started) == 5)
        #expect(script.count(.started, .person) == 5)
        #expect(script.count(.ended) == 5)
        #expect(script.events.allSatisfy { $0.openCount <= 1 })
    }

    @Test("a board that manages three looks a second tells the same visits")
    func slowBoard() throws {
        var script = try VisitScript()
        script.interval = 300
        for (index, frame) in try clip("one-by-one").enumerated() where index.isMultiple(of: 3) { script.look(frame) }
        #expect(script.count(.started) == 5)
    }

    @Test("the same clip gives the same events every time")
    func deterministic() throws {
        #expect(try play("one-by-one").events == play("one-by-one").events)
    }
}
