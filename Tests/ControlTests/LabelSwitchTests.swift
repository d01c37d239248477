import Base
import Control
import Testing

@Suite("Switches of labels")
struct LabelSwitchTests {
    private static func room() async throws -> (Room, ProcessorName) {
        let room = try await Room()
        let door = try name("door")
        _ = try await room.registry.create(request(door, labels: ["ALL"]))
        return (room, door)
    }

    @Test("a label goes and comes back, the others stay; a switch that is there already makes no revision")
    func turns() async throws {
        let (room, door) = try await Self.room()
        #expect(try await room.registry.update(door, SettingsChange(switches: [.pet: false])) == 2)
        #expect(try await room.registry.describe(door).settings.connectedHome?.labelNames == ["PERSON"])
        #expect(try await room.registry.update(door, SettingsChange(switches: [.pet: false, .person: true])) == 2)
        #expect(try await room.registry.update(door, SettingsChange(switches: [.pet: true])) == 3)
        #expect(try await room.registry.describe(door).settings.connectedHome?.labels == [.person, .pet])
    }

    @Test(
        "the last label, a label that the model lacks, and switches beside Labels are refused",
        arguments: [
            SettingsChange(switches: [.person: false, .pet: false]), SettingsChange(switches: [.package: true]),
            SettingsChange(labelNames: ["PET"], switches: [.person: true]),
        ])
    func refused(_ change: SettingsChange) async throws {
        let (room, door) = try await Self.room()
        let before = try await room.registry.describe(door)
        await #expect(throws: ControlError.self) { _ = try await room.registry.update(door, change) }
        #expect(try await room.registry.describe(door) == before)
    }
}
