import Base
import Store
import Testing

@Suite struct SessionStoreTests {
    @Test(
        "a session that is open when the power goes is there afterwards, as it was kept last; one that is over is not")
    func powerCut() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = SessionStore(database, logger: silent)
        #expect(await store.keep(session: "a", [1]))
        #expect(await store.keep(session: "b", [2]))
        #expect(await store.keep(session: "a", [3, 4]))
        #expect(await store.put(nil, ending: "b"))
        let cut = try folder.afterPowerCut()
        let left = await SessionStore(try cut.open(), logger: silent).leftOpen()
        #expect(left.map(\.id) == ["a"] && left.map(\.body) == [[3, 4]])
        database.close()
    }

    @Test("a store that is gone keeps no session from going on")
    func gone() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = SessionStore(database, logger: silent)
        database.close()
        #expect(await !store.keep(session: "a", [1]))
        #expect(await !store.put(SessionNotification(topic: "t", payload: [1]), ending: "a"))
        #expect(await store.leftOpen().isEmpty)
    }
}
