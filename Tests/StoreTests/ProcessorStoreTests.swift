import Base
import Runtime
import Store
import Testing

@Suite struct ProcessorStoreTests {
    @Test("every field of a processor comes back")
    func roundTrip() async throws {
        let folder = try TemporaryFolder()
        let store = ProcessorStore(try folder.open(), logger: silent)
        let (a, b) = (try processor("a"), try processor("b"))
        try await store.save(b)
        try await store.save(a)
        #expect(try await store.load() == [a, b])
    }

    @Test("what was acknowledged is there after the power was cut, the last change included")
    func powerCut() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = ProcessorStore(database, logger: silent)
        for revision in 1...50 { try await store.save(try processor("a", revision: revision)) }
        try await store.save(try processor("b"))
        try await store.delete(try #require(ProcessorName("b")))
        let cut = try folder.afterPowerCut()
        let again = try cut.open()
        #expect(again.movedAside == nil)
        #expect(try await ProcessorStore(again, logger: silent).load() == [try processor("a", revision: 50)])
        database.close()
    }

    @Test("a camera is new only once, even when all processors are deleted")
    func newCameras() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = ProcessorStore(database, logger: silent)
        let (front, back) = (try #require(CameraName("front")), try #require(CameraName("back")))
        #expect(try await store.unseen(among: [front]) == [front])
        try await store.noteSeen([front])
        try await store.save(try processor("a"))
        try await store.delete(try #require(ProcessorName("a")))
        database.close()
        let again = ProcessorStore(try folder.open(), logger: silent)
        #expect(try await again.unseen(among: [front, back]) == [back])
    }

    @Test("a store from before cameras were noted: what its owner deleted does not come back")
    func olderStore() async throws {
        let folder = try TemporaryFolder()
        let store = ProcessorStore(try folder.open(), logger: silent)
        try await store.save(try processor("a"))
        let (front, back) = (try #require(CameraName("front")), try #require(CameraName("back")))
        #expect(try await store.unseen(among: [front]).isEmpty)
        try await store.noteSeen([front])
        #expect(try await store.unseen(among: [front, back]) == [back])
    }

    @Test("one row that cannot be read does not take the others with it")
    func brokenRow() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = ProcessorStore(database, logger: silent)
        try await store.save(try processor("a"))
        try await store.save(try processor("b"))
        database.close()
        try SQLiteConnection(path: database.path).script(
            "UPDATE processor SET body = x'7B7D' WHERE name = 'a'")
        let again = ProcessorStore(try folder.open(), logger: silent)
        #expect(try await again.load() == [try processor("b")])
        try await again.save(try processor("a", revision: 9))
        #expect(try await again.load().count == 2)
    }

    @Test("a full disk is an error in words, and what was there stays")
    func diskFull() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = ProcessorStore(database, logger: silent)
        try await store.save(try processor("a"))
        try await database.limit(toPages: 1)
        var refused: StoreError?
        for index in 0..<200 where refused == nil {
            do { try await store.save(try processor("p\(index)")) } catch { refused = error as? StoreError }
        }
        #expect(refused == .full(path: database.path))
        #expect(refused?.recovery == .retry)
        #expect(try await store.load().contains(try processor("a")))
        try await database.limit(toPages: 100_000)
        try await store.save(try processor("after"))
    }

    @Test("two handles on one file see each other's changes")
    func twoHandles() async throws {
        let folder = try TemporaryFolder()
        let (one, two) = (
            ProcessorStore(try folder.open(), logger: silent), ProcessorStore(try folder.open(), logger: silent)
        )
        try await withThrowingTaskGroup { group in
            for index in 0..<20 {
                group.addTask { try await (index % 2 == 0 ? one : two).save(try processor("p\(index)")) }
            }
            try await group.waitForAll()
        }
        #expect(try await one.load().count == 20)
        #expect(try await two.load().count == 20)
    }
}
