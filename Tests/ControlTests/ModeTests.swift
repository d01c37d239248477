import Base
import Control
import TestSupport
import Testing

@Suite("Modes")
struct ModeTests {
    private static let night = ModeName("night")
    private static let home = ModeName("home")

    /// `door` looks for people at the front, `yard` for pets at the back; both run.
    private static func room(emittable: Set<Label> = [.person, .pet]) async throws -> Room {
        let room = try await Room(emittable: emittable)
        _ = try await room.registry.create(request(name("door")))
        _ = try await room.registry.create(request(name("yard"), camera: "back", labels: ["PET"]))
        for one in ["door", "yard"] { _ = try await room.registry.start(name(one), start()) }
        return room
    }

    private static func mode(
        _ processors: [String: ModeSettings], named text: String = "night"
    ) throws -> Mode {
        var named: [ProcessorName: ModeSettings] = [:]
        for (text, settings) in processors { named[try name(text)] = settings }
        return Mode(name: try #require(ModeName(text)), processors: named)
    }

    private static func sure(_ percent: Double) throws -> Confidence { try #require(Confidence(percent: percent)) }

    @Test("a switch sets all that the mode says, and leaves what it does not say as it is")
    func switches() async throws {
        let room = try await Self.room()
        let (door, yard) = (try name("door"), try name("yard"))
        try await room.registry.keep(
            Self.mode([
                "door": ModeSettings(labelNames: ["ALL"], minConfidence: Self.sure(70), regions: [.box(.full)]),
                "yard": ModeSettings(isRunning: false),
            ]))
        let before = try await room.registry.describe(door)
        #expect(before.settings.revision == 1, "to keep a mode changes nothing")
        let state = try await room.registry.enter(Self.night)
        #expect(state == ModeState(current: Self.night, names: [try #require(Self.night)]))
        let after = try await room.registry.describe(door)
        #expect(after.settings.connectedHome?.labels == [.person, .pet])
        #expect(after.settings.connectedHome?.minConfidence == (try Self.sure(70)))
        #expect(after.settings.connectedHome?.regions == [.box(.full)])
        #expect(after.status == before.status && after.settings.revision == 2)
        #expect(try await room.status(of: yard) == .stopped)
        #expect(try await room.registry.describe(yard).settings.revision == 1)
        #expect(room.registry.active.mode == Self.night, "events say so")
        #expect(await room.archive.held[door]?.description.settings.revision == 2)
    }

    @Test("a mode starts what it wants to run, and a session that runs already goes on")
    func starts() async throws {
        let room = try await Self.room()
        let (door, yard) = (try name("door"), try name("yard"))
        try await room.registry.keepCurrent(as: try #require(Self.home))
        try await room.registry.stop(yard)
        let session = room.registry.active.current(for: try #require(CameraName("front"))).first?.sessionID
        _ = try await room.registry.enter(Self.home)
        #expect(try await room.status(of: yard) == .starting)
        #expect(room.registry.active.current(for: try #require(CameraName("front"))).first?.sessionID == session)
        #expect(try await room.registry.describe(door).settings.revision == 1)
    }

    @Test("what cannot be is told with the processor's name, all of it at once, and nothing is changed")
    func allOrNothing() async throws {
        let room = try await Self.room()
        let (door, yard) = (try name("door"), try name("yard"))
        try await room.registry.keep(
            Self.mode(["door": ModeSettings(minConfidence: Self.sure(90)), "yard": ModeSettings(isRunning: false)]))
        try await room.registry.stop(yard)
        try await room.registry.delete(yard)
        let refusal = await #expect(throws: ControlError.self) { _ = try await room.registry.enter(Self.night) }
        #expect("\(try #require(refusal))".contains("yard: Stream processor yard does not exist"))
        #expect(try await room.registry.describe(door).settings.revision == 1)
        let list = await room.registry.modes()
        #expect(list.state.current == nil)
        #expect(list.modes.first?.problems == ["yard: Stream processor yard does not exist"])
    }

    @Test("a label that the model has lost makes the mode say so, and the switch is refused")
    func lostLabel() async throws {
        let room = try await Self.room()
        try await room.registry.keep(Self.mode(["door": ModeSettings(labelNames: ["PET"])]))
        let later = try await room.reopened(emittable: [.person])
        let refusal = await #expect(throws: ControlError.self) { _ = try await later.registry.enter(Self.night) }
        #expect("\(try #require(refusal))".contains("cannot emit PET"))
        #expect(await later.registry.modes().modes.first?.problems.first?.contains("cannot emit PET") == true)
    }

    @Test("a mode that could never be is not kept")
    func refusedAtOnce() async throws {
        let room = try await Self.room()
        for wrong in [
            try Self.mode([:]), try Self.mode(["gone": ModeSettings(isRunning: true)]),
            try Self.mode(["door": ModeSettings(labelNames: ["PACKAGE"])]),
        ] {
            await #expect(throws: ControlError.self) { try await room.registry.keep(wrong) }
        }
        #expect(await room.registry.modes().modes.isEmpty)
    }

    @Test("a full disk leaves everything as it was, and says so")
    func fullDisk() async throws {
        let room = try await Self.room()
        try await room.registry.keep(Self.mode(["door": ModeSettings(minConfidence: Self.sure(90))]))
        await room.archive.refuse(true)
        await #expect(throws: ControlError.self) { _ = try await room.registry.enter(Self.night) }
        #expect(try await room.registry.describe(name("door")).settings.revision == 1)
        #expect(await room.registry.modes().state.current == nil)
    }

    @Test(
        "what is changed by hand stays changed; the mode stays on and names the processor until it is as the mode says")
    func changedByHand() async throws {
        let room = try await Self.room()
        let door = try name("door")
        try await room.registry.keep(Self.mode(["door": ModeSettings(minConfidence: Self.sure(90))]))
        _ = try await room.registry.enter(Self.night)
        _ = try await room.registry.update(door, SettingsChange(minConfidence: Self.sure(40)))
        #expect(await room.registry.modes().state.current == Self.night)
        #expect(await room.registry.modes().state.changed == [door])
        _ = try await room.registry.update(door, SettingsChange(labelNames: ["ALL"], minConfidence: Self.sure(90)))
        #expect(await room.registry.modes().state.changed.isEmpty, "of labels the mode says nothing")
        _ = try await room.registry.update(door, SettingsChange(minConfidence: Self.sure(40)))
        #expect(try await room.registry.enter(Self.night).changed.isEmpty, "to switch again puts it right")
    }

    @Test("a switch takes back what is on trial of the processors that the mode names, and of no other")
    func trials() async throws {
        let room = try await Self.room()
        let (door, yard) = (try name("door"), try name("yard"))
        try await room.registry.keep(Self.mode(["door": ModeSettings(isRunning: true)]))
        for one in [door, yard] {
            _ = try await room.registry.update(
                one, SettingsChange(minConfidence: Self.sure(90), trial: .lasting(seconds: 60)))
        }
        _ = try await room.registry.enter(Self.night)
        #expect(try await room.registry.describe(door).trial == nil)
        #expect(try await room.registry.describe(door).settings.connectedHome?.minConfidence == .half)
        #expect(try await room.registry.describe(yard).trial != nil)
    }

    @Test("which mode is on, and the modes, are there after a restart")
    func restart() async throws {
        let room = try await Self.room()
        try await room.registry.keep(Self.mode(["door": ModeSettings(minConfidence: Self.sure(90))]))
        _ = try await room.registry.enter(Self.night)
        let later = try await room.reopened()
        #expect(await later.registry.modes() == room.registry.modes())
        #expect(later.registry.active.mode == Self.night)
        try await later.registry.deleteMode(try #require(Self.night))
        #expect(await later.registry.modes().state == ModeState())
        #expect(try await later.registry.describe(name("door")).settings.revision == 2, "what runs stays")
    }

    @Test("no mode can be wanted, too: then everything stays and no event names one")
    func none() async throws {
        let room = try await Self.room()
        try await room.registry.keep(Self.mode(["yard": ModeSettings(isRunning: false)]))
        _ = try await room.registry.enter(Self.night)
        #expect(try await room.registry.enter(nil).current == nil)
        #expect(try await room.status(of: name("yard")) == .stopped)
        #expect(room.registry.active.mode == nil)
        await #expect(throws: ControlError.self) { _ = try await room.registry.enter(ModeName("gone")) }
    }

    @Test("there are at most 16 modes; one that is there can still be changed")
    func bounded() async throws {
        let room = try await Self.room()
        for number in 1...16 {
            try await room.registry.keep(Self.mode(["door": ModeSettings(isRunning: true)], named: "mode\(number)"))
        }
        let one = try Self.mode(["door": ModeSettings(isRunning: true)], named: "another")
        await #expect(throws: ControlError.self) { try await room.registry.keep(one) }
        try await room.registry.keep(Self.mode(["door": ModeSettings(isRunning: false)], named: "mode3"))
        #expect(await room.registry.modes().modes.count == 16)
    }

    @Test("followers hear of the mode when it, its list or what was changed since differ, and of nothing twice")
    func followed() async throws {
        let room = try await Self.room()
        let changes = await room.registry.changes()
        try await room.registry.keep(Self.mode(["door": ModeSettings(minConfidence: Self.sure(90))]))
        _ = try await room.registry.enter(Self.night)
        _ = try await room.registry.enter(Self.night)
        try await room.registry.stop(name("yard"))
        _ = try await room.registry.update(name("door"), SettingsChange(minConfidence: Self.sure(40)))
        await room.registry.shutDown()
        var told: [String] = []
        for await case .modes(let state) in changes {
            told.append("\(state.current?.text ?? "-") \(state.changed) \(state.names)")
        }
        #expect(told == ["- [] []", "- [] [night]", "night [] [night]", "night [door] [night]"])
    }

    @Test(
        "a name that means no mode, or is no part of an address, is no name",
        arguments: ["none", "None", ".", "..", "", "a b"])
    func names(_ text: String) { #expect(ModeName(text) == nil) }

    @Test("modes come back into an archive that was begun anew")
    func archiveBegunAnew() async throws {
        let room = try await Self.room()
        try await room.registry.keep(Self.mode(["door": ModeSettings(isRunning: true)]))
        _ = try await room.registry.enter(Self.night)
        try await room.archive.delete(try #require(Self.night))
        await room.registry.archiveIsEmpty()
        await room.registry.saveOwed()
        #expect(await room.archive.modes.count == 1)
        #expect(await room.archive.currentMode == Self.night)
    }
}
