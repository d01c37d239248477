import Base
import Store
import Testing

@Suite struct ModeStoreTests {
    private static func mode(_ text: String) throws -> Mode {
        let settings = ModeSettings(
            labelNames: ["ALL"], minConfidence: Confidence(clamping: 0.7), regions: [.box(.full)], isRunning: false)
        return Mode(
            name: try #require(ModeName(text)), processors: [try #require(ProcessorName("door.1")): settings])
    }

    @Test("every field of a mode comes back, and which one is on, also after the power was cut")
    func roundTrip() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = ModeStore(database, logger: silent)
        let (home, night) = (try Self.mode("home"), try Self.mode("night"))
        try await store.save(night)
        try await store.save(home)
        try await store.enter(home.name, [])
        try await store.enter(night.name, [try processor("a", revision: 4)])
        let again = try folder.afterPowerCut().open()
        let kept = try await ModeStore(again, logger: silent).loadModes()
        #expect(kept.modes == [home, night])
        #expect(kept.current == night.name)
        #expect(try await ProcessorStore(again, logger: silent).load() == [try processor("a", revision: 4)])
        database.close()
    }

    @Test("a mode that is saved anew stays on; one that is deleted is gone, and no mode is on")
    func deleted() async throws {
        let store = ModeStore(try TemporaryFolder().open(), logger: silent)
        let night = try Self.mode("night")
        try await store.save(night)
        try await store.enter(night.name, [])
        try await store.save(night)
        #expect(try await store.loadModes().current == night.name)
        try await store.delete(night.name)
        #expect(try await store.loadModes().modes.isEmpty)
        #expect(try await store.loadModes().current == nil)
    }

    @Test("a row that cannot be read takes no other with it")
    func brokenRow() async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        for name in ["home", "night"] { try await ModeStore(database, logger: silent).save(try Self.mode(name)) }
        database.close()
        try SQLiteConnection(path: database.path).script(
            "UPDATE mode SET body = x'7B7D' WHERE name = 'home'")
        let again = ModeStore(try folder.open(), logger: silent)
        #expect(try await again.loadModes().modes == [try Self.mode("night")])
    }
}
