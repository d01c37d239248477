import Base
import Control
import Testing

@Suite("Face search, which nothing here carries out yet")
struct FaceSearchTests {
    private static let words =
        "Settings.FaceSearch: face search is not available in this version; use Settings.ConnectedHome."

    private func faces() throws -> FaceSearchPlan { try #require(FaceSearchPlan(collectionID: "family")) }

    @Test("none is created, and the refusal names what to use")
    func refused() async throws {
        let room = try await Room()
        var wanted = request(try #require(ProcessorName("door")))
        wanted.plan = .faceSearch(try faces())
        let refused = wanted
        await #expect(throws: ControlError.invalidParameter(Self.words)) {
            _ = try await room.registry.create(refused)
        }
        #expect(await room.archive.held.isEmpty)
    }

    @Test("one that a later version has left behind says why it does not run, cannot be changed, and stops nobody else")
    func leftBehind() async throws {
        let (door, yard) = (try #require(ProcessorName("door")), try #require(ProcessorName("yard")))
        let before = try await Room()
        for name in [door, yard] {
            _ = try await before.registry.create(request(name))
            _ = try await before.registry.start(name, start())
        }
        var processor = try #require(await before.archive.held[door])
        processor.description.settings.plan = .faceSearch(try faces())
        try await before.archive.save(processor)

        let room = try await before.reopened()
        let described = try await room.registry.describe(door)
        #expect(described.status == .failed && described.statusMessage == Self.words)
        #expect(described.settings.plan == .faceSearch(try faces()))
        #expect(try await room.status(of: yard) == .starting)
        await #expect(throws: ControlError.invalidParameter(Self.words)) {
            _ = try await room.registry.start(door, start())
        }
        await #expect(throws: ControlError.self) {
            _ = try await room.registry.update(door, SettingsChange(labelNames: ["PET"]))
        }
        #expect(try await room.registry.update(door, SettingsChange(dataSharingOptIn: true)) == 2)
        try await room.registry.stop(door)
        try await room.registry.delete(door)
    }
}
