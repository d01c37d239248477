import Base
import Control
import Testing

@Suite struct ProcessorRegistryTests {
    @Test("out of the box every camera is watched: one processor each, ALL labels, started")
    func firstStart() async throws {
        let room = try await Room(firstStart: true)
        let all = await room.registry.list()
        #expect(all.map(\.definition.name.text) == ["back", "front"])
        #expect(
            all.allSatisfy {
                $0.status == .starting && $0.isEnabled && $0.settings.connectedHome?.labelNames == ["ALL"]
            })
        let front = try #require(CameraName("front"))
        #expect(room.registry.active.current(for: front).map(\.settings.connectedHome?.labels) == [[.person, .pet]])
        #expect(await room.archive.held.count == 2)
    }

    @Test("a camera that is named later is watched from then on, and a processor that was deleted does not come back")
    func laterCamera() async throws {
        let room = try await Room(firstStart: true)
        let front = try name("front")
        try await room.registry.stop(front)
        try await room.registry.delete(front)
        let later = try await room.reopened(firstStart: true, cameras: ["front", "back", "garden"])
        #expect(await later.registry.list().map(\.definition.name.text) == ["back", "garden"])
        #expect(try await later.status(of: try name("garden")) == .starting)
    }

    @Test("a camera that is renamed is watched under its new name; what was its own waits for the old one to come back")
    func renamedCamera() async throws {
        let room = try await Room(firstStart: true, cameras: ["front"])
        let renamed = try await room.reopened(firstStart: true, cameras: ["porch"])
        #expect(try await renamed.status(of: try name("porch")) == .starting)
        #expect(try await renamed.status(of: try name("front")) == .failed)
    }

    @Test("a camera whose name another processor has gets none, and the box starts all the same")
    func takenName() async throws {
        let room = try await Room(cameras: ["front"])
        _ = try await room.registry.create(request(try name("garden")))
        let later = try await room.reopened(firstStart: true, cameras: ["front", "garden"])
        #expect(await later.registry.list().map(\.definition.camera.text) == ["front"])
    }

    @Test("a box whose owner deleted everything stays empty")
    func noSecondFirstStart() async throws {
        let room = try await Room(firstStart: false)
        #expect(await room.registry.list().isEmpty)
    }

    @Test("create answers with the ARN, refuses the same name, an unknown camera and labels the model lacks")
    func create() async throws {
        let room = try await Room()
        let door = try name("door")
        #expect(try await room.registry.create(request(door)) == ProcessorARN.arn(of: door))
        await #expect(throws: ControlError.inUse("Stream processor name already in use")) {
            _ = try await room.registry.create(request(door))
        }
        let other = try name("other")
        await #expect(throws: ControlError.invalidParameter("Unknown camera 'attic'; known: front, back")) {
            _ = try await room.registry.create(request(other, camera: "attic"))
        }
        await #expect(
            throws: ControlError.invalidParameter(
                "Labels: the model toy cannot emit PACKAGE, only PERSON, PET")
        ) { _ = try await room.registry.create(request(other, labels: ["ALL", "PACKAGE"])) }
        #expect(await room.registry.list().count == 1)
        #expect(await room.archive.held.count == 1)
    }

    @Test(
        "buckets, prefixes and topics that could lead out of the results folder or the topic tree are refused",
        arguments: [
            ("ab", nil, "door"), ("..", nil, "door"), ("a/b/c", nil, "door"), ("bucket", "../etc", "door"),
            ("bucket", "a/../../b", "door"), ("bucket", "a/./b", "door"), ("bucket", "a\u{0}b", "door"),
            ("bucket", "a\nb", "door"), ("bucket", String(repeating: "a/", count: 40), "door"),
            ("bucket", nil, "a/b"), ("bucket", nil, "#"), ("bucket", nil, "+"), ("bucket", nil, ""),
        ] as [(String, String?, String)])
    func wayOut(bucket: String, prefix: String?, topic: String) async throws {
        let room = try await Room()
        let door = try name("door")
        await #expect(throws: ControlError.self) {
            _ = try await room.registry.create(
                request(door, topic: "arn:aws:sns:x:000000000000:" + topic, bucket: bucket, keyPrefix: prefix))
        }
        #expect(await room.registry.list().isEmpty)
    }

    @Test("the limit on processors holds")
    func limit() async throws {
        let room = try await Room(processors: 2)
        for index in 0..<2 { _ = try await room.registry.create(request(try name("p\(index)"))) }
        let third = try name("p2")
        await #expect(
            throws: ControlError.limitExceeded("Stream processor limit exceeded for account, limit - 2")
        ) { _ = try await room.registry.create(request(third)) }
        try await room.registry.delete(try name("p0"))
        _ = try await room.registry.create(request(third))
    }

    @Test("RUNNING only after a frame was really analysed, then STOPPED; a running one cannot be deleted")
    func life() async throws {
        let room = try await Room()
        let door = try name("door")
        let front = try #require(CameraName("front"))
        _ = try await room.registry.create(request(door))
        let running = Task { await room.registry.run() }
        _ = try await room.registry.start(door, start())
        #expect(try await room.status(of: door) == .starting)
        room.registry.active.analysed(room.registry.active.current(for: front))
        #expect(try await eventually { try await room.status(of: door) == .running })
        await #expect(throws: ControlError.inUse("Cannot delete stream processor")) {
            try await room.registry.delete(door)
        }
        await room.registry.cameraInterrupted(front, reason: "camera front: unplugged")
        #expect(try await room.status(of: door) == .starting)
        #expect(try await room.registry.describe(door).statusMessage == "camera front: unplugged")
        room.registry.active.analysed(room.registry.active.current(for: front))
        #expect(try await eventually { try await room.status(of: door) == .running })
        try await room.registry.stop(door)
        #expect(try await room.status(of: door) == .stopped)
        #expect(room.registry.active.current(for: front).isEmpty)
        try await room.registry.delete(door)
        await #expect(throws: ControlError.notFound("Stream processor door does not exist")) {
            _ = try await room.registry.describe(door)
        }
        await room.registry.shutDown()
        await running.value
    }

    @Test("a session with MaxDurationInSeconds ends by itself, an older timer does not end a newer session")
    func stopSelector() async throws {
        let room = try await Room()
        let door = try name("door")
        _ = try await room.registry.create(request(door))
        _ = try await room.registry.start(door, start(seconds: 10))
        #expect(try await eventually { room.clock.sleeperCount == 1 })
        room.clock.advance(by: .seconds(9))
        try await room.registry.stop(door)
        #expect(try await eventually { room.clock.sleeperCount == 0 })
        _ = try await room.registry.start(door, start(seconds: 10))
        let front = try #require(CameraName("front"))
        _ = room.registry.active.take(for: front)
        #expect(try await eventually { room.clock.sleeperCount == 1 })
        room.clock.advance(by: .seconds(9))
        #expect(try await room.status(of: door) == .starting)
        room.clock.advance(by: .seconds(1))
        #expect(try await eventually { try await room.status(of: door) == .stopped })
        #expect(await room.archive.held[door]?.description.isEnabled == false)
        #expect(room.registry.active.take(for: front).ended.map(\.reason) == [.sessionEnded])
    }

    @Test("after a power cut what ran runs again with a new session; a bounded session is STOPPED")
    func powerCut() async throws {
        let room = try await Room()
        let (door, burst) = (try name("door"), try name("burst"))
        for each in [door, burst] { _ = try await room.registry.create(request(each)) }
        let session = try await room.registry.start(door, start())
        _ = try await room.registry.start(burst, start(seconds: 60))
        _ = try await room.registry.update(door, .init(labelNames: ["PET"]))
        let again = try await room.reopened()
        #expect(try await again.status(of: door) == .starting)
        #expect(try await again.status(of: burst) == .stopped)
        let front = try #require(CameraName("front"))
        let active = again.registry.active.current(for: front)
        #expect(active.map(\.settings.connectedHome?.labels) == [[.pet]])
        #expect(active.map(\.settings.revision) == [2])
        #expect(!session.isEmpty)
    }

    @Test("a processor whose camera or labels are gone is FAILED in words, and runs again when they are back")
    func changedWorld() async throws {
        let room = try await Room()
        let (door, pets) = (try name("door"), try name("pets"))
        _ = try await room.registry.create(request(door))
        _ = try await room.registry.create(request(pets, camera: "back", labels: ["PET"]))
        for each in [door, pets] { _ = try await room.registry.start(each, start()) }
        let poorer = try await room.reopened(cameras: ["back"], emittable: [.person])
        #expect(try await poorer.status(of: door) == .failed)
        #expect(try await poorer.registry.describe(door).statusMessage == "Unknown camera 'front'; known: back")
        #expect(try await poorer.status(of: pets) == .failed)
        #expect(
            try await poorer.registry.describe(pets).statusMessage
                == "The model toy can emit none of PET, only PERSON")
        // Saved in the poorer world; must not forget that it is wanted.
        try await poorer.registry.tag(ProcessorARN.arn(of: door), with: ["a": "b"])
        await #expect(throws: ControlError.self) { _ = try await poorer.registry.start(pets, start()) }
        let richer = try await poorer.reopened()
        #expect(try await richer.status(of: door) == .starting)
        #expect(try await richer.status(of: pets) == .starting)
    }

    @Test("nothing is acknowledged before it is saved, and a failed save leaves all as it was")
    func diskFull() async throws {
        let room = try await Room()
        let (door, other) = (try name("door"), try name("other"))
        let front = try #require(CameraName("front"))
        _ = try await room.registry.create(request(door))
        _ = try await room.registry.start(door, start())
        let before = try await room.registry.describe(door)
        await room.archive.refuse(true)
        await #expect(throws: ControlError.self) {
            _ = try await room.registry.update(door, .init(labelNames: ["PET"]))
        }
        await #expect(throws: ControlError.self) { try await room.registry.stop(door) }
        await #expect(throws: ControlError.self) { _ = try await room.registry.create(request(other)) }
        await #expect(throws: ControlError.self) {
            try await room.registry.tag(ProcessorARN.arn(of: door), with: ["a": "b"])
        }
        #expect(try await room.registry.describe(door) == before)
        #expect(await room.registry.list().count == 1)
        #expect(room.registry.active.current(for: front).map(\.settings.connectedHome?.labels) == [[.person]])
        await room.archive.refuse(false)
        #expect(try await room.registry.update(door, .init(labelNames: ["PET"])) == 2)
    }

    @Test("UPDATING shows while an update is saved, and the analysis keeps the old settings until it is")
    func updating() async throws {
        let room = try await Room()
        let door = try name("door")
        let front = try #require(CameraName("front"))
        _ = try await room.registry.create(request(door))
        let session = try await room.registry.start(door, start())
        await room.archive.holdNextSave()
        let update = Task { try await room.registry.update(door, .init(labelNames: ["PET"])) }
        await room.archive.saveArrived()
        #expect(try await room.status(of: door) == .updating)
        #expect(room.registry.active.current(for: front).map(\.settings.connectedHome?.labels) == [[.person]])
        await room.archive.letGo()
        #expect(try await update.value == 2)
        #expect(try await room.status(of: door) == .starting)
        #expect(room.registry.active.current(for: front).map(\.settings.connectedHome?.labels) == [[.pet]])
        #expect(room.registry.active.current(for: front).map(\.sessionID) == [session])
    }

    @Test("an empty update is a success without effect")
    func emptyUpdate() async throws {
        let room = try await Room()
        let door = try name("door")
        _ = try await room.registry.create(request(door))
        let before = try await room.registry.describe(door)
        let saves = await room.archive.saves
        #expect(try await room.registry.update(door, .init()) == 1)
        #expect(try await room.registry.describe(door) == before)
        #expect(await room.archive.saves == saves)
    }

    @Test("a hundred updates at once give a hundred revisions, and none is lost")
    func concurrentUpdates() async throws {
        let room = try await Room()
        let door = try name("door")
        _ = try await room.registry.create(request(door))
        let revisions = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<100 {
                group.addTask {
                    try await room.registry.update(
                        door, .init(minConfidence: Confidence(clamping: Float(index) / 100)))
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(revisions == Set(2...101))
        #expect(try await room.registry.describe(door).settings.revision == 101)
        #expect(await room.archive.held[door]?.description.settings.revision == 101)
    }

    @Test("tags: merged, removed, bounded; only of processors of this box")
    func tags() async throws {
        let room = try await Room()
        let door = try name("door")
        let arn = try await room.registry.create(request(door, tags: ["a": "1"]))
        try await room.registry.tag(arn, with: ["a": "2", "b": "3"])
        #expect(try await room.registry.tags(of: arn) == ["a": "2", "b": "3"])
        try await room.registry.untag(arn, keys: ["a", "c"])
        #expect(try await room.registry.tags(of: arn) == ["b": "3"])
        let many = Dictionary(uniqueKeysWithValues: (0..<200).map { ("k\($0)", "") })
        await #expect(throws: ControlError.self) { try await room.registry.tag(arn, with: many) }
        #expect(try await room.registry.tags(of: arn) == ["b": "3"])
        await #expect(throws: ControlError.self) { _ = try await room.registry.tags(of: arn + "x") }
        await #expect(throws: ControlError.self) { _ = try await room.registry.tags(of: "arn:aws:s3:::b") }
    }

    @Test("followers see the present first, then each change in order")
    func changes() async throws {
        let room = try await Room()
        let door = try name("door")
        _ = try await room.registry.create(request(door))
        let changes = await room.registry.changes()
        _ = try await room.registry.start(door, start())
        _ = try await room.registry.update(door, .init(labelNames: ["PET"]))
        try await room.registry.stop(door)
        try await room.registry.delete(door)
        await room.registry.shutDown()
        var seen: [String] = []
        for await change in changes {
            switch change {
            case .changed(let processor):
                seen.append("\(processor.status.rawValue) \(processor.settings.revision)")
            case .removed(let name, let camera): seen.append("removed \(name) \(camera)")
            case .modes(let state): seen.append("modes \(state.names.count)")
            }
        }
        #expect(
            seen == [
                "STOPPED 1", "modes 0", "STARTING 1", "UPDATING 1", "STARTING 2", "STOPPING 2", "STOPPED 2",
                "removed door front",
            ])
    }

    @Test("the analysis is told which sessions have ended and why: stopped, deleted, given up")
    func endReasons() async throws {
        let room = try await Room()
        let names = try ["stopped", "deleted", "failed"].map { try name($0) }
        var sessions: [String] = []
        for name in names {
            _ = try await room.registry.create(request(name))
            sessions.append(try await room.registry.start(name, start()))
        }
        let (active, front) = (room.registry.active, try #require(CameraName("front")))
        #expect(active.take(for: front).running.count == 3)
        try await room.registry.stop(names[0])
        try await room.registry.stop(names[1])
        try await room.registry.delete(names[1])
        await room.registry.cameraFailed(front, reason: "gone for good")
        let work = active.take(for: front)
        #expect(work.ended.map(\.sessionID) == sessions)
        #expect(work.ended.map(\.reason) == [.stopped, .deleted, .cameraLost])
        #expect(work.running.isEmpty)
        #expect(active.take(for: front).ended.isEmpty, "told once")
    }

    @Test("stopped and started in one breath, a processor's old session has ended for the analysis and a new one runs")
    func stopAndStartAtOnce() async throws {
        let room = try await Room()
        let (door, front) = (try name("door"), try #require(CameraName("front")))
        _ = try await room.registry.create(request(door))
        let first = try await room.registry.start(door, start(seconds: 60))
        _ = room.registry.active.take(for: front)
        try await room.registry.stop(door)
        _ = try await room.registry.update(door, .init(labelNames: ["PET"]))
        let second = try await room.registry.start(door, start())
        let work = room.registry.active.take(for: front)
        #expect(work.ended.map(\.sessionID) == [first] && work.ended.map(\.reason) == [.stopped])
        #expect(work.running.map(\.sessionID) == [second])
        try await room.registry.stop(door)
        try await room.registry.delete(door)
        _ = try await room.registry.create(request(door))
        let third = try await room.registry.start(door, start())
        let last = room.registry.active.take(for: front)
        #expect(last.ended.map(\.sessionID) == [second] && last.ended.map(\.reason) == [.deleted])
        #expect(last.running.map(\.sessionID) == [third])
    }

    @Test("while the analysis hangs, a thousand starts and stops leave one end to tell, not a thousand")
    func endsAreBounded() async throws {
        let room = try await Room()
        let (door, front) = (try name("door"), try #require(CameraName("front")))
        _ = try await room.registry.create(request(door))
        let first = try await room.registry.start(door, start())
        _ = room.registry.active.take(for: front)
        for _ in 0..<1000 {
            try await room.registry.stop(door)
            _ = try await room.registry.start(door, start())
        }
        #expect(room.registry.active.take(for: front).ended.map(\.sessionID) == [first])
    }

    @Test("a camera that is given up fails its processors, and only its own")
    func cameraFailed() async throws {
        let room = try await Room(firstStart: true)
        let (front, back) = (try name("front"), try name("back"))
        await room.registry.cameraFailed(try #require(CameraName("front")), reason: "camera front: no usable format")
        #expect(try await room.status(of: front) == .failed)
        #expect(try await room.status(of: back) == .starting)
        _ = try await room.registry.start(front, start())
        #expect(try await room.registry.describe(front).statusMessage == "camera front: no usable format")
    }

    @Test("an archive that cannot be read is an error, not an empty box")
    func unreadable() async throws {
        let archive = MemoryArchive()
        await archive.refuse(true)
        await #expect(throws: ControlError.self) { _ = try await Room(archive, firstStart: true) }
    }
}
