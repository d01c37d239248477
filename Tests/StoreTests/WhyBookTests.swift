import Base
import CMallocCounter
import Store
import Testing

@Suite("What is remembered of why")
struct WhyBookTests {
    private func record(
        _ id: String, _ kind: WhyRecord.Kind = .visit, at time: Int64 = 1_800_000_000_000, toldUpTo: UInt8? = 60,
        reason: MissReason? = nil
    ) throws -> WhyRecord {
        WhyRecord(
            id: id, kind: kind, camera: try #require(CameraName("door")),
            processor: try #require(ProcessorName("porch")),
            label: .person, since: WallTime(milliseconds: time), until: WallTime(milliseconds: time + 2000),
            isOpen: false, looksSeen: 3, looksTaken: 4,
            looks: [WhyRecord.Look(milliseconds: 0, confidence: 60, overlap: 100, motion: 5)],
            confidence: try #require(Confidence(percent: 60)),
            box: try #require(NormalizedBox(left: 0.25, top: 0.25, width: 0.5, height: 0.5)), overlap: 1,
            toldUpTo: toldUpTo, minConfidence: .half, settingsRevision: 2, reason: reason)
    }

    private var empty: WhyBook { WhyBook(began: WallTime(milliseconds: 0)) }

    @Test("the newest visits stay, and no more than a bounded number")
    func bounded() throws {
        var book = empty
        for index in 0..<WhyBook.mostVisits + 20 { book.note(try record("v\(index)")) }
        let kept = book.records(WhyQuery()).map(\.id)
        #expect(kept.count == WhyBook.mostVisits && !kept.contains("v19") && kept.contains("v20"))
    }

    @Test("what visits looked like is bounded: the newest keep all their looks, each one at least")
    func boundedLooks() throws {
        var book = empty
        let box = try #require(NormalizedBox(left: 0.25, top: 0.25, width: 0.5, height: 0.5))
        let look = PlacedLook(box: box, look: try #require(PictureLook(luma: (0..<144).map { Float($0) })))
        for index in 0..<WhyBook.mostVisits {
            var record = try record("v\(index)")
            record.placedLooks = Array(repeating: look, count: PlacedLook.most)
            book.note(record)
        }
        let counts = book.records(WhyQuery()).map(\.placedLooks.count)
        #expect(counts.first == 1 && counts.last == PlacedLook.most && counts.reduce(0, +) <= WhyBook.mostPlacedLooks)
    }

    @Test("what stands there all day is one record that counts")
    func sameThing() throws {
        var book = empty
        for index in 0..<5 {
            book.note(
                try record("m\(index)", .missed, at: 1_800_000_000_000 + Int64(index) * 60_000, reason: .background))
        }
        #expect(book.records(WhyQuery(kind: .missed)).map(\.times) == [5])
    }

    @Test("each MinConfidence has the count of what it would have told")
    func thresholds() throws {
        var book = empty
        for (index, percent) in [40, 60, 60, 90].enumerated() {
            book.note(try record("v\(index)", toldUpTo: UInt8(percent)))
        }
        let counts = book.thresholds(of: .person, since: WallTime(milliseconds: 0))
        #expect(counts.visits.count == 101 && counts.knownFrom == 20)
        #expect(counts.visits[20] == 4 && counts.visits[41] == 3 && counts.visits[60] == 3)
        #expect(counts.visits[61] == 1 && counts.visits[91] == 0)
        #expect(book.thresholds(of: .pet, since: WallTime(milliseconds: 0)).visits.allSatisfy { $0 == 0 })
    }

    @Test("a restart keeps records and counts, and a person who is forgotten is in none of them")
    func restart() throws {
        var book = empty
        book.note(try record("visit"))
        book.note(
            try record("near", .missed, reason: .region(best: 0.38, wanted: 0.5)))
        let name = try #require(ProcessorName("porch"))
        let bytes = try #require(WhyFile.bytes(of: [name: book], atMost: 16_000))
        #expect(WhyFile.books(in: bytes) == [name: book])
        book.forget { $0.id == "visit" }
        #expect(book.records(WhyQuery()).map(\.id) == ["near"])
    }

    @Test("the file stays below its bound by leaving out the oldest")
    func file() throws {
        var book = empty
        for index in 0..<100 { book.note(try record("v\(index)")) }
        let name = try #require(ProcessorName("porch"))
        let bytes = try #require(WhyFile.bytes(of: [name: book], atMost: 16_000))
        let kept = try #require(WhyFile.books(in: bytes)?[name]).records(WhyQuery()).map(\.id)
        #expect(bytes.count <= 16_000 && kept.contains("v99") && !kept.contains("v0"))
    }

    @Test("to write the file takes little more memory than the file has, so that a box with many visits does not grow")
    func fileMemory() throws {
        var book = empty
        for index in 0..<WhyBook.mostVisits {
            var record = try record("v\(index)")
            record.looks = Array(repeating: record.looks[0], count: WhyRecord.mostLooks)
            book.note(record)
        }
        let name = try #require(ProcessorName("porch"))
        CMallocCounter_startPeak()
        let before = CMallocCounter_bytes()
        let bytes = try #require(WhyFile.bytes(of: [name: book], atMost: 1 << 20))
        let most = CMallocCounter_peak() - before
        #expect(most < 4 * bytes.count, "\(most) bytes for a file of \(bytes.count)")
    }
}
