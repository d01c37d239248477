import Base
import Control
import TestSupport
import Testing

@Suite("Settings on trial")
struct TrialTests {
    private static func room() async throws -> (Room, ProcessorName) {
        let room = try await Room()
        let door = try name("door")
        _ = try await room.registry.create(request(door))
        return (room, door)
    }

    private static func confidence(_ percent: Double, trial: TrialStep? = nil) throws -> SettingsChange {
        SettingsChange(minConfidence: try #require(Confidence(percent: percent)), trial: trial)
    }

    /// Waits until the trial's end has been handled; only the clock is the test's.
    private static func settles(_ room: Room, _ door: ProcessorName) async throws {
        for _ in 0..<2000 {
            if try await room.registry.describe(door).trial == nil { return }
            await Task.yield()
        }
        Issue.record("the trial did not end")
    }

    private static func percent(_ room: Room, _ door: ProcessorName) async throws -> Double {
        ((try await room.registry.describe(door).settings.connectedHome?.minConfidence.percent ?? 0) * 100).rounded()
            / 100
    }

    private static func sleeping(_ room: Room, _ count: Int) async {
        while room.clock.sleeperCount != count { await Task.yield() }
    }

    @Test("what nobody confirms goes back when its time is over, as a revision of its own, and is saved")
    func goesBack() async throws {
        let (room, door) = try await Self.room()
        #expect(try await room.registry.update(door, Self.confidence(80, trial: .lasting(seconds: 60))) == 2)
        #expect(try await Self.percent(room, door) == 80)
        #expect(try await room.registry.describe(door).trial?.seconds == 60)
        await Self.sleeping(room, 1)
        room.clock.advance(by: .seconds(59))
        for _ in 0..<100 { await Task.yield() }
        #expect(try await Self.percent(room, door) == 80)
        room.clock.advance(by: .seconds(1))
        try await Self.settles(room, door)
        let told = try await room.registry.describe(door)
        #expect(told.settings.revision == 3)
        #expect(told.settings.connectedHome?.minConfidence == .half)
        #expect(await room.archive.held[door]?.description == told)
    }

    @Test("what is confirmed stays, and its timer is gone")
    func confirmed() async throws {
        let (room, door) = try await Self.room()
        _ = try await room.registry.update(door, Self.confidence(80, trial: .lasting(seconds: 60)))
        await Self.sleeping(room, 1)
        #expect(try await room.registry.update(door, SettingsChange(trial: .confirm)) == 2)
        await Self.sleeping(room, 0)
        #expect(try await room.registry.describe(door).trial == nil)
        #expect(try await Self.percent(room, door) == 80)
        #expect(await room.archive.held[door]?.description.trial == nil)
    }

    @Test("a revert takes everything back at once: labels, confidence and regions")
    func reverted() async throws {
        let (room, door) = try await Self.room()
        let before = try await room.registry.describe(door).settings
        let box = try #require(NormalizedBox(left: 0, top: 0, width: 0.5, height: 0.5))
        let change = SettingsChange(
            labelNames: ["PET"], minConfidence: Confidence(percent: 90), regions: [.box(box)],
            trial: .lasting(seconds: 600))
        _ = try await room.registry.update(door, change)
        #expect(try await room.registry.update(door, SettingsChange(trial: .revert)) == 3)
        var after = try await room.registry.describe(door).settings
        after.revision = before.revision
        #expect(after == before)
    }

    @Test("a second trial goes back to what was confirmed before both; an ordinary update confirms")
    func several() async throws {
        let (room, door) = try await Self.room()
        _ = try await room.registry.update(door, Self.confidence(80, trial: .lasting(seconds: 60)))
        _ = try await room.registry.update(door, Self.confidence(90, trial: .lasting(seconds: 60)))
        _ = try await room.registry.update(door, SettingsChange(trial: .revert))
        #expect(try await Self.percent(room, door) == 50)
        _ = try await room.registry.update(door, Self.confidence(70, trial: .lasting(seconds: 60)))
        _ = try await room.registry.update(door, SettingsChange(labelNames: ["PET"]))
        #expect(try await room.registry.describe(door).trial == nil)
        await Self.sleeping(room, 0)
        #expect(try await Self.percent(room, door) == 70)
    }

    @Test("after a power cut nothing is on trial any more, and the store says so too")
    func powerCut() async throws {
        let (room, door) = try await Self.room()
        _ = try await room.registry.start(door, start())
        _ = try await room.registry.update(door, Self.confidence(80, trial: .lasting(seconds: 86_400)))
        let again = try await room.reopened()
        let told = try await again.registry.describe(door)
        #expect(told.settings.connectedHome?.minConfidence == .half)
        #expect(told.settings.revision == 3)
        #expect(told.trial == nil)
        #expect(told.status == .starting)
        #expect(await room.archive.held[door]?.description.trial == nil)
    }

    @Test(
        "a trial that makes no sense is refused and changes nothing",
        arguments: [
            SettingsChange(trial: .lasting(seconds: 60)), SettingsChange(trial: .confirm),
            SettingsChange(trial: .revert), SettingsChange(labelNames: ["PET"], trial: .confirm),
            SettingsChange(labelNames: ["PET"], trial: .lasting(seconds: 0)),
            SettingsChange(labelNames: ["PET"], trial: .lasting(seconds: 86_401)),
            SettingsChange(labelNames: ["PET"], dataSharingOptIn: true, trial: .lasting(seconds: 60)),
            SettingsChange(labelNames: ["PACKAGE"], trial: .lasting(seconds: 60)),
        ])
    func refused(_ change: SettingsChange) async throws {
        let (room, door) = try await Self.room()
        let before = try await room.registry.describe(door)
        await #expect(throws: ControlError.self) { _ = try await room.registry.update(door, change) }
        #expect(try await room.registry.describe(door) == before)
        #expect(room.clock.sleeperCount == 0)
    }

    @Test("a trial that could not be saved is none")
    func unsaved() async throws {
        let (room, door) = try await Self.room()
        let before = try await room.registry.describe(door)
        await room.archive.refuse(true)
        let change = try Self.confidence(80, trial: .lasting(seconds: 60))
        await #expect(throws: ControlError.self) { _ = try await room.registry.update(door, change) }
        #expect(try await room.registry.describe(door) == before)
    }

    @Test("a deleted processor takes its trial along")
    func deleted() async throws {
        let (room, door) = try await Self.room()
        _ = try await room.registry.update(door, Self.confidence(80, trial: .lasting(seconds: 60)))
        await Self.sleeping(room, 1)
        try await room.registry.delete(door)
        await Self.sleeping(room, 0)
        _ = try await room.registry.create(request(door))
        room.clock.advance(by: .seconds(60))
        #expect(try await room.registry.describe(door).settings.revision == 1)
    }

    @Test(
        "in whatever order trials, updates, time and power cuts come, only what was confirmed lasts", arguments: 1...15)
    func schedule(seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        var (room, door) = try await Self.room()
        var (confirmed, shown, left) = (50.0, 50.0, Int?.none)
        for _ in 0..<80 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                shown = Double(Int.random(in: 1...99, using: &random))
                left = Int.random(in: 1...30, using: &random)
                _ = try await room.registry.update(
                    door, Self.confidence(shown, trial: .lasting(seconds: try #require(left))))
                await Self.sleeping(room, 1)
            case 1:
                shown = Double(Int.random(in: 1...99, using: &random))
                (confirmed, left) = (shown, nil)
                _ = try await room.registry.update(door, Self.confidence(shown))
            case 2 where left != nil:
                _ = try await room.registry.update(door, SettingsChange(trial: .confirm))
                (confirmed, left) = (shown, nil)
            case 3 where left != nil:
                _ = try await room.registry.update(door, SettingsChange(trial: .revert))
                (shown, left) = (confirmed, nil)
            case 4:
                let seconds = Int.random(in: 1...12, using: &random)
                room.clock.advance(by: .seconds(seconds))
                guard let rest = left else { break }
                left = rest - seconds
                guard rest <= seconds else { break }
                try await Self.settles(room, door)
                (shown, left) = (confirmed, nil)
            case 5 where Int.random(in: 0..<4, using: &random) == 0:
                room = try await room.reopened()
                (shown, left) = (confirmed, nil)
            default: break
            }
            #expect(try await Self.percent(room, door) == shown)
            #expect((try await room.registry.describe(door).trial == nil) == (left == nil))
        }
    }
}
