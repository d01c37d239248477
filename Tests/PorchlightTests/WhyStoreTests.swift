import Base
import Foundation
import Logging
import Porchlight
import Runtime
import Testing

@Suite("What the owner is told of why outlives a restart, and what is nobody can be taken back")
final class WhyStoreTests {
    private let folder = NSTemporaryDirectory() + "porchlight-\(UUID().uuidString)"
    private let box: NormalizedBox
    private let look: PictureLook

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        box = try #require(NormalizedBox(left: 0.25, top: 0.25, width: 0.5, height: 0.5))
        look = try #require(PictureLook(luma: (0..<144).map { Float($0) }))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func store(keepsPictures: Bool = true) -> WhyStore {
        WhyStore(
            WhyStore.Files(
                records: StorageFile(path: folder + "/why.json", mostBytes: 1 << 20, .eventual),
                places: StorageFile(path: folder + "/nobody.json", mostBytes: 1 << 18)),
            keepsPictures: keepsPictures, makeID: { "place" },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func visit(_ id: String, name: String? = nil, stranger: String? = nil) throws -> WhyRecord {
        let now = WallTime(milliseconds: 1_800_000_000_000)
        var record = WhyRecord(
            id: id, kind: .visit, camera: try #require(CameraName("door")),
            processor: try #require(ProcessorName("porch")), label: .person, since: now, until: now, isOpen: false,
            looksSeen: 3, looksTaken: 3, looks: [], confidence: .half, box: box, overlap: 1, toldUpTo: 50,
            minConfidence: .half, settingsRevision: 1, name: name)
        record.stranger = stranger
        return record
    }

    @Test("a visit that was nobody is one place, after a restart too, until it is taken back")
    func nobody() async throws {
        let before = store()
        before.note([try visit("one")])
        before.note(look, at: box, ofVisit: "one")
        #expect(try await before.callNobody(visit: "one").visit == "one")
        #expect(try await before.callNobody(visit: "one").id == "place", "twice is once")
        before.finish()
        let after = store()
        let door = try #require(CameraName("door"))
        #expect(after.records(WhyQuery()).map(\.id) == ["one"])
        #expect(after.nobody(of: door).map(\.look) == [look])
        #expect(await after.forgetNobody("place"))
        #expect(await after.forgetNobody("place") == false)
        #expect(store().nobodyPlaces().isEmpty)
    }

    @Test("in privacy mode no look of a visit is kept, so it cannot be called nobody")
    func privacy() async throws {
        let store = store(keepsPictures: false)
        store.note([try visit("one")])
        store.note(look, at: box, ofVisit: "one")
        await #expect(throws: NobodyError.noPicture) { try await store.callNobody(visit: "one") }
        await #expect(throws: NobodyError.unknownVisit) { try await store.callNobody(visit: "two") }
    }

    @Test("a person who is forgotten is in no record and no place, on the disk neither")
    func forgotten() async throws {
        let before = store()
        before.note([try visit("one"), try visit("two", name: "Anna"), try visit("three")])
        before.note(look, at: box, ofVisit: "one")
        _ = try await before.callNobody(visit: "one")
        await before.forget(visits: ["one"], name: "Anna")
        #expect(store().records(WhyQuery()).map(\.id) == ["three"] && store().nobodyPlaces().isEmpty)
        before.note([try visit("four", stranger: "stranger-1")])
        await before.forget(visits: [], name: "stranger-1")
        #expect(store().records(WhyQuery()).map(\.id) == ["three"])
    }
}
