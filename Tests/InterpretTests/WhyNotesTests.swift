import Base
import Interpret
import Synchronization
import TestSupport
import Testing

@Suite("Why somebody was told and somebody was not")
struct WhyNotesTests {
    /// Keeps what it hears.
    private final class Listener: WhyListening {
        let keepsLooks = true
        private let heard = Mutex<[WhyRecord]>([])
        var records: [WhyRecord] { heard.withLock { $0 } }
        func note(_ records: [WhyRecord]) { heard.withLock { $0 += records } }
        func nobody(of camera: CameraName) -> [NobodyPlace] { [] }
    }

    /// Plays looks to a connected home, 100 ms apart, and 15 s without anybody after them.
    private func records(
        labels: Set<Label> = [.person], regions: [Region] = [], _ looks: [LookFacts]
    ) throws -> [WhyRecord] {
        let listener = Listener()
        let plan = ConnectedHomePlan(
            labelNames: ["ALL"], labels: labels, minConfidence: .half, regions: regions)
        let home = ActiveProcessor(
            name: try #require(ProcessorName("porch")), camera: try #require(CameraName("front")),
            settings: AnalysisSettings(plan: .connectedHome(plan), revision: 3), sessionID: "session",
            dataSharingOptIn: false)
        let tools = AnalyzerTools(makeID: { "id" }, faces: ScriptedFaces(), why: listener)
        var analyzer = try #require(AnalyzerTable.analyzer(for: home, tools))
        let quiet = (looks.count..<looks.count + 150).map { LookFacts(at: time($0), visitors: []) }
        for facts in looks + quiet { _ = analyzer.analyse(facts, for: home) }
        return listener.records
    }

    private func time(_ look: Int) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(look) * 100_000_000) }

    private func looks(_ count: Int, _ detection: Detection) -> [LookFacts] {
        (0..<count).map { LookFacts(at: time($0), visitors: [detection]) }
    }

    @Test("a visit has its looks, the settings' revision, and the largest MinConfidence that would have told it")
    func visit() throws {
        let last = try #require(try records(looks(10, person(0.7))).last)
        #expect(last.kind == .visit && !last.isOpen && last.reason == nil && last.endReason == .gone)
        #expect(last.looksSeen == 10 && last.looks.count == 10 && last.settingsRevision == 3)
        #expect(last.toldUpTo == 70)
    }

    @Test("whoever was not sure enough is missed with both figures")
    func confidence() throws {
        let missed = try #require(try records(looks(10, person(0.47))).last)
        #expect(missed.kind == .missed && missed.toldUpTo == 47)
        guard case .confidence(let best, let wanted) = missed.reason else {
            Issue.record("\(String(describing: missed.reason))")
            return
        }
        #expect(Int(best.percent.rounded()) == 47 && wanted == .half)
    }

    @Test("whose face it is, and which stranger, is known of a visit while it goes on and afterwards")
    func faces() throws {
        let listener = Listener()
        var script = try FaceScript(why: listener)
        script.faces.say(1, ("Anna", 99.9))
        for number in [1, 5] as [Float] {
            try script.looks(40, [person()], [face(number)])
            let open = try #require(listener.records.last { $0.isOpen && $0.kind == .visit })
            script.end(.cameraLost)
            let over = try #require(listener.records.last { $0.kind == .visit })
            for record in [open, over] {
                #expect(record.name == (number == 1 ? "Anna" : nil))
                #expect((record.stranger != nil) == (number == 5))
            }
            #expect(WhyRecord(over.keptJSON)?.stranger == over.stranger)
            script.now += 60_000
        }
    }

    @Test("two looks are too few, and that is said")
    func fewLooks() throws {
        let missed = try #require(try records(looks(2, person(0.6))).last)
        #expect(missed.reason == .looks(seen: 2, wanted: 3, of: 8))
    }

    @Test("what is no visitor says whether it is background, still or of a label that nobody chose")
    func aside() throws {
        let person = person(0.8)
        let still = (0..<10).map { LookFacts(at: time($0), visitors: [], still: [person]) }
        #expect(try records(still).last?.reason == .nothingMoved)
        let background = (0..<10).map {
            LookFacts(at: time($0), visitors: [], still: [person], background: [person])
        }
        #expect(try records(background).last?.reason == .background)
        #expect(try records(labels: [.pet], looks(10, person)).last?.reason == .labelNotChosen)
        let nobody = (0..<10).map { LookFacts(at: time($0), visitors: [], nobody: [(person, "place")]) }
        #expect(try records(nobody).last?.reason == .calledNobody("place"))
    }

    @Test("a long visit keeps a bounded number of looks, and its surest one")
    func bounded() throws {
        var long = looks(500, person(0.6))
        long[321] = LookFacts(at: time(321), visitors: [person(0.9)])
        let last = try #require(try records(long).last)
        #expect(last.looksSeen == 500 && last.looks.count <= WhyRecord.mostLooks)
        #expect(last.looks.contains { (89...90).contains($0.confidence) })
    }

    @Test("what slides in and rests is remembered at several places of its way, and is not told when it comes again")
    func slidesIn() throws {
        let steps = (0..<50).map { min($0, 30) }
        let way = steps.map { person(0.8, x: Double($0) * 0.02, width: 0.3) }
        let looks = try steps.map { try look($0) }
        let facts = way.indices.map { index in
            LookFacts(at: time(index), visitors: [way[index]], looks: [way[index].box: looks[index]])
        }
        let all = try records(facts)
        let visit = try #require(all.last { $0.kind == .visit })
        #expect((2...PlacedLook.most).contains(visit.placedLooks.count))
        let (most, rest) = (try #require(visit.placedLooks.first), try #require(way.last))
        #expect(most.box.intersectionOverUnion(with: rest.box) >= 0.75, "it rests there")
        #expect(WhyRecord(visit.keptJSON)?.placedLooks.map(\.look) == visit.placedLooks.map(\.look))
        let filter = NobodyFilter([try place(visit.placedLooks)])
        let told = way.indices.filter { index in
            !filter.split([way[index]]) { $0 == way[index].box ? looks[index] : nil }.somebody.isEmpty
        }
        #expect(told == [])
    }

    /// A thing that turns slowly while it moves.
    private func look(_ step: Int) throws -> PictureLook {
        let cells = (0..<144).map { Float($0 % 12) * 20 + Float($0 / 12) * Float(step) / 3 }
        return try #require(PictureLook(luma: cells))
    }

    private func place(_ looks: [PlacedLook]) throws -> NobodyPlace {
        NobodyPlace(
            id: "place", camera: try #require(CameraName("front")), label: .person, first: try #require(looks.first),
            others: Array(looks.dropFirst()), calledAt: WallTime(milliseconds: 0), visit: "visit")
    }

    @Test("a place that is called nobody is silent while it looks as it did, and whoever stands there instead is told")
    func nobodyFilter() throws {
        let cells = (0..<144).map { Float($0 % 12) * 20 }
        let look = try #require(PictureLook(luma: cells))
        let other = try #require(PictureLook(luma: cells.reversed().enumerated().map { $1 + Float($0 % 5) * 60 }))
        let detection = person(0.8)
        let filter = NobodyFilter([try place([PlacedLook(box: detection.box, look: look)])])
        #expect(filter.split([detection]) { _ in look }.somebody.isEmpty)
        #expect(filter.split([detection]) { _ in other }.somebody == [detection])
        #expect(filter.split([cat(0.8)]) { _ in look }.somebody.count == 1)
        let elsewhere = person(0.8, x: 0.7)
        #expect(filter.split([elsewhere]) { _ in look }.somebody == [elsewhere])
    }
}
