import Base
import Control
import Synchronization
import Testing

/// Collections that a test makes and deletes.
final class ScriptedCollections: FaceSearching {
    private let ids: Mutex<Set<String>>

    init(_ ids: Set<String> = []) { self.ids = Mutex(ids) }

    func delete(_ id: String) { ids.withLock { _ = $0.remove(id) } }

    func hasCollection(_ id: CollectionID) -> Bool { ids.withLock { $0.contains(id.text) } }

    func matches(
        of vector: FaceVector, from model: FaceModel, in collection: CollectionID, atLeast similarity: Double,
        limit: Int
    ) -> [FaceMatch] { [] }
}

@Suite("Face search processors")
struct FaceSearchTests {
    private func wanted(_ text: String, collection: String = "family") throws -> ProcessorRequest {
        let id = try #require(CollectionID(collection))
        var wanted = request(try name(text), topic: nil)
        wanted.plan = .faceSearch(try #require(FaceSearchPlan(collectionID: id)))
        wanted.output = .stream(try #require(DataStreamARN("arn:aws:kinesis:eu-west-1:000000000000:stream/faces")))
        return wanted
    }

    @Test("one is created, started, stopped and deleted like any other, and echoes its collection and its stream")
    func wholeLife() async throws {
        let room = try await Room(collections: ScriptedCollections(["family"]))
        let door = try name("door")
        _ = try await room.registry.create(try wanted("door"))
        let made = try await room.registry.describe(door)
        #expect(made.status == .stopped && made.settings.faceSearch?.collectionID.text == "family")
        #expect(made.definition.output.stream?.name.text == "faces")
        _ = try await room.registry.start(door, start())
        #expect(try await room.status(of: door) == .starting)
        #expect(room.registry.active.current(for: try #require(CameraName("front"))).map(\.name) == [door])
        await #expect(throws: ControlError.self) { try await room.registry.delete(door) }
        try await room.registry.stop(door)
        try await room.registry.delete(door)
        #expect(await room.registry.list().isEmpty)
    }

    @Test("a collection that does not exist is refused with AWS's words, before anything is kept")
    func unknownCollection() async throws {
        let room = try await Room(collections: ScriptedCollections(["family"]))
        let refused = try wanted("door", collection: "strangers")
        await #expect(throws: ControlError.notFound("The collection id: strangers does not exist")) {
            _ = try await room.registry.create(refused)
        }
        #expect(await room.archive.held.isEmpty)
    }

    @Test("a start takes the name alone: selectors belong to label detection")
    func selectors() async throws {
        let room = try await Room(collections: ScriptedCollections(["family"]))
        _ = try await room.registry.create(try wanted("door"))
        let door = try name("door")
        let refusal = ControlError.invalidParameter(
            "StartSelector and StopSelector belong to label detection, not to face search")
        await #expect(throws: refusal) { _ = try await room.registry.start(door, start(seconds: 10)) }
        await #expect(throws: refusal) {
            _ = try await room.registry.start(
                door, StartRequest(maxDurationInSeconds: nil, hasStartSelector: true, echo: [:]))
        }
        _ = try await room.registry.start(door, start())
    }

    @Test("of one that runs nothing but the data sharing can be changed")
    func update() async throws {
        let room = try await Room(collections: ScriptedCollections(["family"]))
        _ = try await room.registry.create(try wanted("door"))
        let door = try name("door")
        let refusal = ControlError.invalidParameter(
            "Of a face search only DataSharingPreferenceForUpdate can be updated")
        let changes = [
            SettingsChange(labelNames: ["PET"]), SettingsChange(minConfidence: .half),
            SettingsChange(deleteMinConfidence: true), SettingsChange(regions: []), SettingsChange(deleteRegions: true),
            SettingsChange(switches: [.pet: true]), SettingsChange(labelNames: ["PET"], trial: .lasting(seconds: 9)),
        ]
        for change in changes {
            await #expect(throws: refusal) { _ = try await room.registry.update(door, change) }
        }
        #expect(try await room.registry.update(door, SettingsChange(dataSharingOptIn: true)) == 2)
        #expect(try await room.registry.describe(door).definition.dataSharingOptIn)
    }

    @Test("a collection that is deleted meanwhile stops nobody: the processor goes on, and says that it knows nobody")
    func deletedCollection() async throws {
        let collections = ScriptedCollections(["family"])
        let room = try await Room(collections: collections)
        _ = try await room.registry.create(try wanted("door"))
        let door = try name("door")
        let session = try await room.registry.start(door, start())
        await room.registry.analysed(door, sessionID: session)
        #expect(try await room.registry.describe(door).statusMessage.isEmpty)
        collections.delete("family")
        let described = try await room.registry.describe(door)
        #expect(described.status == .running)
        #expect(described.statusMessage.hasPrefix("The collection id: family does not exist any more"))
        try await room.registry.stop(door)
        await #expect(throws: ControlError.notFound("The collection id: family does not exist")) {
            _ = try await room.registry.start(door, start())
        }
    }

    @Test("after a power cut it runs again, also when its collection has gone meanwhile")
    func restart() async throws {
        let before = try await Room(collections: ScriptedCollections(["family"]))
        _ = try await before.registry.create(try wanted("door"))
        let door = try name("door")
        _ = try await before.registry.start(door, start())
        let room = try await before.reopened()
        let described = try await room.registry.describe(door)
        #expect(described.status == .starting)
        #expect(described.statusMessage.hasPrefix("The collection id: family does not exist any more"))
    }

    @Test("its visits open no session: nobody is told of labels, and no folder is made")
    func noSession() async throws {
        let room = try await Room(collections: ScriptedCollections(["family"]))
        _ = try await room.registry.create(try wanted("door"))
        _ = try await room.registry.start(try name("door"), start())
        #expect(room.sessions.readings.isEmpty)
    }
}
