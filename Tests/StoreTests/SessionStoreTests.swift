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
        await store.keep(session: "a", [1])
        await store.keep(session: "b", [2])
        await store.keep(session: "a", [3, 4])
        await store.forget(session: "b")
        let cut = try folder.afterPowerCut()
        let left = await SessionStore(try cut.open(), logger: silent).leftOpen()
        #expect(left.map(\.id) == ["a"] && left.map(\.body) == [[3, 4]])
        try database.close()
    }

    @Test("a store that is gone keeps no session from going on")
    func gone() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = SessionStore(database, logger: silent)
        try database.close()
        await store.keep(session: "a", [1])
        await store.forget(session: "a")
        #expect(await store.leftOpen().isEmpty)
    }
}
