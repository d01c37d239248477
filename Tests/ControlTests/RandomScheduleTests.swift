import Base
import Control
import TestSupport
import Testing

/// Random operations against a model that knows only what a user may rely on.
@Suite struct RandomScheduleTests {
    private struct Model {
        var revision = 1
        var labels = ["PERSON"]
        var isStarted = false
    }

    @Test(
        "whatever is asked in whatever order, the box is as its answers said, also after power cuts", arguments: 1...20)
    func schedule(seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        var room = try await Room()
        var model: [ProcessorName: Model] = [:]
        let names = try (0..<4).map { try name("p\($0)") }
        for _ in 0..<200 {
            let name = try #require(names.randomElement(using: &random))
            let fails = Int.random(in: 0..<8, using: &random) == 0
            await room.archive.refuse(fails)
            try await Self.step(Int.random(in: 0..<6, using: &random), name, room, &model, fails, &random)
            await room.archive.refuse(false)
            if Int.random(in: 0..<25, using: &random) == 0 { room = try await room.reopened() }
            try await Self.compare(room, model)
        }
    }

    private static func step(
        _ operation: Int, _ name: ProcessorName, _ room: Room, _ model: inout [ProcessorName: Model], _ fails: Bool,
        _ random: inout SplitMix
    ) async throws {
        let registry = room.registry
        let known = model[name]
        switch operation {
        case 0:
            let accepted = await succeeds { _ = try await registry.create(request(name)) }
            #expect(accepted == (known == nil && !fails))
            if accepted { model[name] = Model() }
        case 1:
            let accepted = await succeeds { _ = try await registry.start(name, start()) }
            #expect(accepted == (known?.isStarted == false && !fails))
            if accepted { model[name]?.isStarted = true }
        case 2:
            let accepted = await succeeds { try await registry.stop(name) }
            #expect(accepted == (known?.isStarted == true && !fails))
            if accepted { model[name]?.isStarted = false }
        case 3:
            let labels = Bool.random(using: &random) ? ["PET"] : ["PERSON", "ALL"]
            let accepted = await succeeds { _ = try await registry.update(name, .init(labelNames: labels)) }
            #expect(accepted == (known != nil && !fails))
            if accepted {
                model[name]?.labels = labels
                model[name]?.revision += 1
            }
        case 4:
            let bad = SettingsChange(labelNames: ["PET"], regions: [], deleteRegions: true)
            #expect(await !succeeds { _ = try await registry.update(name, bad) })
        default:
            let accepted = await succeeds { try await registry.delete(name) }
            #expect(accepted == (known?.isStarted == false && !fails))
            if accepted { model[name] = nil }
        }
    }

    private static func compare(_ room: Room, _ model: [ProcessorName: Model]) async throws {
        let all = await room.registry.list()
        #expect(Set(all.map(\.definition.name)) == Set(model.keys))
        let active = room.registry.active.current(for: try #require(CameraName("front")))
        #expect(active.map(\.name) == model.filter(\.value.isStarted).keys.sorted())
        for processor in all {
            let expected = try #require(model[processor.definition.name])
            #expect(processor.settings.revision == expected.revision)
            #expect(processor.settings.connectedHome?.labelNames == expected.labels)
            #expect((processor.status == .starting) == expected.isStarted)
        }
    }

    private static func succeeds(_ body: () async throws -> Void) async -> Bool {
        (try? await body()) != nil
    }
}
