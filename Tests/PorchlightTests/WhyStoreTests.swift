import Base
import Foundation
import Interpret
import Logging
import Porchlight
import Runtime
import Synchronization
import Testing

@Suite("What the owner is told of why outlives a restart, and what is nobody can be taken back")
final class WhyStoreTests {
    private let folder = NSTemporaryDirectory() + "porchlight-\(UUID().uuidString)"
    private let box: NormalizedBox
    /// As a thing that slides to the right is seen: sixteen places, at each of which it looks different.
    private let path: [PlacedLook]
    private var look: PlacedLook { path[0] }

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        box = try #require(NormalizedBox(left: 0.25, top: 0.25, width: 0.5, height: 0.5))
        path = try (0..<PlacedLook.most).map { step in
            let box = try #require(NormalizedBox(left: Double(step) * 0.1, top: 0.25, width: 0.2, height: 0.5))
            let cells = (0..<144).map { cell in Float((cell + step * 3) * 37 % 101) }
            return PlacedLook(box: box, look: try #require(PictureLook(luma: cells)))
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func store(
        keepsPictures: Bool = true, makeID: @escaping @Sendable () -> String = { "place" }
    ) -> WhyStore {
        WhyStore(
            WhyStore.Files(
                records: StorageFile(path: folder + "/why.json", mostBytes: 1 << 20, .eventual),
                places: StorageFile(path: folder + "/nobody.json", mostBytes: 512 << 10)),
            keepsPictures: keepsPictures, makeID: makeID,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func visit(
        _ id: String, name: String? = nil, stranger: String? = nil, _ looks: [PlacedLook] = []
    ) throws -> WhyRecord {
        let now = WallTime(milliseconds: 1_800_000_000_000)
        var record = WhyRecord(
            id: id, kind: .visit, camera: try #require(CameraName("door")),
            processor: try #require(ProcessorName("porch")), label: .person, since: now, until: now, isOpen: false,
            looksSeen: 3, looksTaken: 3, looks: [], confidence: .half, box: box, overlap: 1, toldUpTo: 50,
            minConfidence: .half, settingsRevision: 1, name: name)
        record.stranger = stranger
        record.placedLooks = looks
        return record
    }

    @Test("a visit that was nobody is one place, after a restart too, until it is taken back")
    func nobody() async throws {
        let before = store()
        before.note([try visit("one", [look])])
        #expect(try await before.callNobody(visit: "one").visit == "one")
        #expect(try await before.callNobody(visit: "one").id == "place", "twice is once")
        before.finish()
        let after = store()
        let door = try #require(CameraName("door"))
        #expect(after.records(WhyQuery()).map(\.id) == ["one"])
        #expect(after.nobody(of: door).map(\.looks) == [[look]])
        #expect(await after.forgetNobody("place"))
        #expect(await after.forgetNobody("place") == false)
        #expect(store().nobodyPlaces().isEmpty)
    }

    @Test("what slides through the picture is one entry with all its places, after a restart too, and goes as one")
    func slides() async throws {
        let before = store()
        before.note([try visit("one", path)])
        #expect(try await before.callNobody(visit: "one").looks == path)
        before.finish()
        let (after, door) = (store(), try #require(CameraName("door")))
        #expect(after.nobodyPlaces().map(\.json["looks"]) == [.integer(Int64(PlacedLook.most))])
        let again = path.map { Detection(label: .person, className: "person", confidence: .half, box: $0.box) }
        let (somebody, _) = NobodyFilter(after.nobody(of: door)).split(again) { box in
            path.first { $0.box == box }?.look
        }
        #expect(somebody == [])
        #expect(await after.forgetNobody("place"))
        #expect(store().nobodyPlaces().isEmpty)
    }

    @Test("a visit that is called nobody while it goes on is known where it goes afterwards")
    func goesOn() async throws {
        let (store, door) = (store(), try #require(CameraName("door")))
        store.note([try visit("one", [look])])
        _ = try await store.callNobody(visit: "one")
        store.note([try visit("one", path)])
        #expect(store.nobody(of: door).map(\.looks) == [path])
    }

    @Test("the file of a version that knew one look of a place is read")
    func earlier() throws {
        let json = JSONValue.object([
            "places": [
                [
                    "id": "place", "camera": "door", "label": "PERSON", "boundingBox": box.json,
                    "calledAt": "2026-11-29T12:00:00.000Z", "visit": "one", "silenced": 3, "lastSilenced": .null,
                    "look": .string(look.look.hex),
                ]
            ]
        ])
        try Data(json.jsonBytes).write(to: URL(fileURLWithPath: folder + "/nobody.json"))
        #expect(store().nobodyPlaces().map(\.looks) == [[PlacedLook(box: box, look: look.look)]])
    }

    @Test("however many places are called nobody, their looks are bounded, and the newest keep all")
    func bounded() async throws {
        let number = Mutex(0)
        let store = store { "place-\(number.withLock { $0 += 1; return $0 })" }
        for visit in 0..<WhyStore.mostPlacesPerCamera {
            store.note([try self.visit("v\(visit)", path)])
            _ = try await store.callNobody(visit: "v\(visit)")
        }
        let counts = store.nobodyPlaces().map(\.looks.count)
        #expect(counts.count == WhyStore.mostPlacesPerCamera)
        #expect(counts.reduce(0, +) <= WhyStore.mostPlacedLooks && counts.first == PlacedLook.most && counts.last == 1)
        store.finish()
        #expect(self.store().nobodyPlaces().count == counts.count, "all of it is on the disk")
    }

    @Test("in privacy mode no look of a visit is kept, so it cannot be called nobody")
    func privacy() async throws {
        let store = store(keepsPictures: false)
        store.note([try visit("one", [look])])
        await #expect(throws: NobodyError.noPicture) { try await store.callNobody(visit: "one") }
        await #expect(throws: NobodyError.unknownVisit) { try await store.callNobody(visit: "two") }
    }

    @Test("a person who is forgotten is in no record and no place, on the disk neither")
    func forgotten() async throws {
        let before = store()
        before.note([try visit("one", [look]), try visit("two", name: "Anna"), try visit("three")])
        _ = try await before.callNobody(visit: "one")
        await before.forget(visits: ["one"], name: "Anna")
        #expect(store().records(WhyQuery()).map(\.id) == ["three"] && store().nobodyPlaces().isEmpty)
        before.note([try visit("four", stranger: "stranger-1")])
        await before.forget(visits: [], name: "stranger-1")
        #expect(store().records(WhyQuery()).map(\.id) == ["three"])
    }
}
