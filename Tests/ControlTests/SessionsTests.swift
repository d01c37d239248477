import Base
import Control
import Foundation
import Testing

@Suite struct SessionsTests {
    private let topicARN = "arn:aws:sns:eu-west-1:000000000000:door"

    /// The `n`th event of the box. `id-1` is the room's first run.
    private func recorded(
        _ sequence: Int64, _ label: Label, _ phase: Event.Phase, visit: String, confidence: Float = 0.8,
        of run: String = "id-1"
    ) throws -> RecordedEvent {
        let event = Event(
            id: visit, camera: try #require(CameraName("front")), processor: try name("door"), sessionID: run,
            label: label, phase: phase, reason: phase == .ended ? .gone : nil, at: MonotonicTime(nanoseconds: sequence),
            since: MonotonicTime(nanoseconds: 0), confidence: Confidence(clamping: confidence),
            box: try #require(NormalizedBox(left: 0.1, top: 0.2, width: 0.3, height: 0.5)), regionOverlap: 1,
            settingsRevision: 1, openCount: 1, looksSeen: 3, looksTaken: 4)
        return RecordedEvent(
            sequence: sequence, bootID: "b", time: WallTime(milliseconds: 5_000 + sequence),
            timeQuality: .synchronized, event: event, imagePath: nil)
    }

    private func started(seconds: Int? = nil) async throws -> (Room, String) {
        let room = try await Room()
        let door = try name("door")
        _ = try await room.registry.create(
            request(door, labels: ["ALL"], topic: topicARN, keyPrefix: "my cam/é", tags: ["floor": "0"]))
        return (room, try await room.registry.start(door, start(seconds: seconds)))
    }

    private func parsed(_ notification: SessionNotification?) throws -> (envelope: JSONValue, message: JSONValue) {
        let payload = try #require(notification).payload
        let envelope = try JSONDecoder().decode(JSONValue.self, from: Data(payload))
        let text = try #require(envelope["Message"]?.string)
        return (envelope, try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)))
    }

    private func type(_ notification: SessionNotification) throws -> String? {
        try parsed(notification).message["eventNamespace"]?["type"]?.string
    }

    @Test("one LABEL_DETECTED per label and session, however many come")
    func firstOfEachLabel() async throws {
        let (room, _) = try await started(seconds: 60)
        var told: [String] = []
        for (index, label) in [Label.person, .person, .pet, .person, .pet].enumerated() {
            let event = try recorded(Int64(index), label, .started, visit: "v\(index)")
            for notification in await room.sessions.note(event, frameJPEG: nil, cropJPEG: nil) {
                let labels = try parsed(notification).message["labels"]?.array
                told.append(labels?.first?["name"]?.string ?? "?")
            }
        }
        #expect(told == ["PERSON", "PET"])
    }

    @Test("the detection message has AWS's shape, in SNS's envelope, with pictures that exist")
    func detectionShape() async throws {
        let (room, session) = try await started(seconds: 60)
        let event = try recorded(77, .person, .started, visit: "visit-1")
        let notifications = await room.sessions.note(event, frameJPEG: [1, 2, 3], cropJPEG: [4])
        #expect(notifications.map(\.topic) == ["door"])
        let (envelope, message) = try parsed(notifications.first)
        #expect(envelope["Type"]?.string == "Notification")
        #expect(envelope["Subject"]?.string == "Rekognition Stream Processing Event")
        #expect(envelope["TopicArn"]?.string == topicARN)
        #expect(message["eventNamespace"]?["type"]?.string == "LABEL_DETECTED")
        #expect(
            message["inputInformation"]?["kinesisVideo"]?["streamArn"]?.string
                == "arn:aws:kinesisvideo:eu-west-1:000000000000:stream/front/1")
        #expect(message["sessionId"]?.string == session)
        #expect(message["tags"] == ["floor": "0"])
        #expect(message["startStreamProcessorRequest"] == ["Name": "door"])
        #expect(message["eventId"]?.string?.isEmpty == false)
        let label = try #require(message["labels"]?.array?.first)
        #expect(label["id"]?.string == "visit-1")
        #expect(label["name"]?.string == "PERSON")
        #expect(abs((label["confidence"]?.double ?? 0) - 80) < 0.001)
        let mapping = label["videoMapping"]?["kinesisVideoMapping"]
        #expect(mapping?["fragmentNumber"]?.string == "77")
        #expect(mapping?["producerTimestamp"]?.int == 5_077)
        #expect(mapping?["serverTimestamp"]?.int != nil)
        #expect(mapping?["frameOffsetMillis"]?.int == 0)
        #expect(label["boundingBox"]?["height"]?.double == 0.5)
        let folder = room.folder.path + "/results/results-bucket/my cam/é/door/\(session)"
        #expect(FileManager.default.contents(atPath: folder + "/1-person-frame.jpg") == Data([1, 2, 3]))
        #expect(FileManager.default.contents(atPath: folder + "/1-person-crop.jpg") == Data([4]))
        let uri = try #require(label["frameImageUri"]?.string)
        #expect(URL(string: uri)?.path == folder + "/1-person-frame.jpg")
        #expect(label["croppedImageUri"]?.string?.hasSuffix("/1-person-crop.jpg") == true)
    }

    @Test("a stopped session waits for its open visits, then is completed with a summary")
    func completion() async throws {
        let (room, session) = try await started(seconds: 60)
        _ = await room.sessions.note(
            try recorded(1, .person, .started, visit: "a"), frameJPEG: [9], cropJPEG: nil)
        _ = await room.sessions.note(
            try recorded(2, .person, .started, visit: "b"), frameJPEG: nil, cropJPEG: nil)
        room.clock.advance(by: .milliseconds(1500))
        try await room.registry.stop(try name("door"))
        #expect(await room.sessions.tick().isEmpty)
        let one = await room.sessions.note(
            try recorded(3, .person, .ended, visit: "a"), frameJPEG: nil, cropJPEG: nil)
        #expect(one.isEmpty)
        let both = await room.sessions.note(
            try recorded(4, .person, .ended, visit: "b", confidence: 0.95), frameJPEG: nil, cropJPEG: nil)
        let message = try parsed(both.first).message
        #expect(both.count == 1)
        #expect(message["eventNamespace"]?["type"]?.string == "STREAM_PROCESSING_COMPLETE")
        #expect(message["streamProcessingResults"]?["message"]?.string == "Stopped by StopStreamProcessor")
        #expect(message["inputInformation"]?["kinesisVideo"]?["processedVideoDurationMillis"]?.int == 1500)
        let path = room.folder.path + "/results/results-bucket/my cam/é/door/\(session)/summary.json"
        let summary = try JSONDecoder().decode(
            JSONValue.self, from: try #require(FileManager.default.contents(atPath: path)))
        let person = try #require(summary["labels"]?.array?.first)
        #expect(person["visits"]?.int == 2)
        #expect(abs((person["confidence"]?.double ?? 0) - 95) < 0.001)
        #expect(person["frame"]?.string == "1-person-frame.jpg")
        #expect(person["crop"] == nil)
        #expect(summary["sessionId"]?.string == session)
    }

    @Test("a visit that never ends does not hold the completion for ever")
    func patience() async throws {
        let (room, _) = try await started(seconds: 60)
        _ = await room.sessions.note(try recorded(1, .pet, .started, visit: "a"), frameJPEG: nil, cropJPEG: nil)
        try await room.registry.stop(try name("door"))
        #expect(await room.sessions.tick().isEmpty)
        room.clock.advance(by: Session.patience)
        #expect(await room.sessions.tick().count == 1)
        #expect(await room.sessions.tick().isEmpty)
    }

    @Test("a bounded session in which nothing happened is completed too")
    func emptySession() async throws {
        let (room, _) = try await started(seconds: 60)
        #expect(await room.sessions.tick().isEmpty)
        try await room.registry.stop(try name("door"))
        #expect(try await room.sessions.tick().map(type) == ["STREAM_PROCESSING_COMPLETE"])
    }

    @Test("without StopSelector a visit opens a session and quiet closes it; the next visit is a new first")
    func openedByMotion() async throws {
        let (room, session) = try await started()
        room.clock.advance(by: .seconds(100))
        #expect(await room.sessions.tick().isEmpty)
        let first = await room.sessions.note(
            try recorded(1, .person, .started, visit: "a"), frameJPEG: nil, cropJPEG: nil)
        #expect(try parsed(first.first).message["sessionId"]?.string == session)
        room.clock.advance(by: .seconds(100))
        #expect(await room.sessions.tick().isEmpty, "somebody is still in view")
        _ = await room.sessions.note(try recorded(2, .person, .ended, visit: "a"), frameJPEG: nil, cropJPEG: nil)
        room.clock.advance(by: .seconds(29))
        let again = await room.sessions.note(
            try recorded(3, .person, .started, visit: "b"), frameJPEG: nil, cropJPEG: nil)
        #expect(again.isEmpty, "the same session goes on")
        _ = await room.sessions.note(try recorded(4, .person, .ended, visit: "b"), frameJPEG: nil, cropJPEG: nil)
        room.clock.advance(by: Session.quiet)
        #expect(try await room.sessions.tick().map(type) == ["STREAM_PROCESSING_COMPLETE"])
        let next = await room.sessions.note(
            try recorded(5, .person, .started, visit: "c"), frameJPEG: nil, cropJPEG: nil)
        let nextID = try parsed(next.first).message["sessionId"]?.string
        #expect(nextID != nil && nextID != session)
    }

    @Test("a new session starts while the old one still waits for a visit to end")
    func restartWhileClosing() async throws {
        let (room, first) = try await started(seconds: 60)
        let door = try name("door")
        _ = await room.sessions.note(try recorded(1, .person, .started, visit: "a"), frameJPEG: nil, cropJPEG: nil)
        try await room.registry.stop(door)
        let second = try await room.registry.start(door, start(seconds: 60))
        let detected = await room.sessions.note(
            try recorded(2, .person, .started, visit: "b", of: second), frameJPEG: nil, cropJPEG: nil)
        #expect(try parsed(detected.first).message["sessionId"]?.string == second)
        let ended = await room.sessions.note(
            try recorded(3, .person, .ended, visit: "a"), frameJPEG: nil, cropJPEG: nil)
        #expect(try parsed(ended.first).message["sessionId"]?.string == first)
    }

    @Test("an event that was on its way when its session was stopped is told by that session, not by the next one")
    func lateEvent() async throws {
        let (room, first) = try await started(seconds: 60)
        let door = try name("door")
        try await room.registry.stop(door)
        let second = try await room.registry.start(door, start(seconds: 60))
        let late = await room.sessions.note(
            try recorded(1, .person, .started, visit: "a", of: first), frameJPEG: nil, cropJPEG: nil)
        #expect(try parsed(late.first).message["sessionId"]?.string == first)
        let over = await room.sessions.note(
            try recorded(2, .person, .ended, visit: "a", of: first), frameJPEG: nil, cropJPEG: nil)
        #expect(try over.map(type) == ["STREAM_PROCESSING_COMPLETE"])
        #expect(try parsed(over.first).message["sessionId"]?.string == first)
        let own = await room.sessions.note(
            try recorded(3, .person, .started, visit: "b", of: second), frameJPEG: nil, cropJPEG: nil)
        #expect(try parsed(own.first).message["sessionId"]?.string == second)
    }

    @Test("at the program's end every open session is completed")
    func shutdown() async throws {
        let (room, _) = try await started()
        _ = await room.sessions.note(try recorded(1, .person, .started, visit: "a"), frameJPEG: nil, cropJPEG: nil)
        let last = await room.sessions.finishAll(reason: "Porchlight is shutting down")
        #expect(try last.map(type) == ["STREAM_PROCESSING_COMPLETE"])
        #expect(await room.sessions.tick().isEmpty)
    }

    @Test("events of unknown or stopped processors are nobody's session")
    func stray() async throws {
        let room = try await Room()
        let event = try recorded(1, .person, .started, visit: "a")
        #expect(await room.sessions.note(event, frameJPEG: [1], cropJPEG: [1]).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: room.folder.path + "/results"))
    }

    @Test("pictures that cannot be written are counted and the message still comes, without their URIs")
    func brokenFolder() async throws {
        let (room, _) = try await started(seconds: 60)
        try Data("in the way".utf8).write(to: URL(fileURLWithPath: room.folder.path + "/results"))
        let told = await room.sessions.note(
            try recorded(1, .person, .started, visit: "a"), frameJPEG: [1], cropJPEG: [2])
        let label = try #require(try parsed(told.first).message["labels"]?.array?.first)
        #expect(label["frameImageUri"] == nil)
        #expect(label["croppedImageUri"] == nil)
        #expect(room.results.failureCount == 2)
    }

    @Test("a link in the results folder is not followed out of it")
    func linkOut() async throws {
        let (room, _) = try await started(seconds: 60)
        let outside = try TemporaryFolder()
        let files = FileManager.default
        try files.createDirectory(atPath: room.folder.path + "/results", withIntermediateDirectories: true)
        try files.createSymbolicLink(
            atPath: room.folder.path + "/results/results-bucket", withDestinationPath: outside.path)
        _ = await room.sessions.note(try recorded(1, .person, .started, visit: "a"), frameJPEG: [1], cropJPEG: nil)
        #expect(try files.contentsOfDirectory(atPath: outside.path).isEmpty)
        #expect(room.results.failureCount == 1)
    }

    @Test("a picture that is too big is refused and leaves nothing behind")
    func tooBig() async throws {
        let (room, _) = try await started(seconds: 60)
        let big = [UInt8](repeating: 0, count: ResultsFolder.mostBytes + 1)
        _ = await room.sessions.note(try recorded(1, .person, .started, visit: "a"), frameJPEG: big, cropJPEG: nil)
        #expect(room.results.failureCount == 1)
        #expect(!FileManager.default.fileExists(atPath: room.folder.path + "/results"))
    }

    @Test("processors named like folders above stay in their place", arguments: [".", "..", "..."])
    func dots(processor: String) async throws {
        let room = try await Room()
        let dots = try name(processor)
        _ = try await room.registry.create(request(dots))
        let session = try await room.registry.start(dots, start(seconds: 60))
        try await room.registry.stop(dots)
        #expect(await room.sessions.tick().count == 1)
        let path = room.folder.path + "/results/results-bucket/_\(processor)/\(session)/summary.json"
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test("a power cut in the middle of a session ends it with a word after the restart, once", arguments: [60, nil])
    func interrupted(seconds: Int?) async throws {
        let (room, session) = try await started(seconds: seconds)
        _ = await room.sessions.note(
            try recorded(1, .person, .started, visit: "v"), frameJPEG: [1], cropJPEG: [2])
        let after = try await room.reopened()
        let told = await after.sessions.finishInterrupted()
        #expect(told.count == 1)
        let message = try parsed(told.first).message
        #expect(message["eventNamespace"]?["type"]?.string == "STREAM_PROCESSING_COMPLETE")
        #expect(message["sessionId"]?.string == session && message["tags"] == ["floor": "0"])
        #expect(message["streamProcessingResults"]?["message"]?.string == "Porchlight was interrupted")
        let duration = message["inputInformation"]?["kinesisVideo"]?["processedVideoDurationMillis"]?.int
        #expect((duration ?? -1) >= 0)
        let summary = try Data(
            contentsOf: URL(
                filePath: "\(after.folder.path)/results/results-bucket/my cam/é/door/\(session)/summary.json"))
        let labels = try JSONParser.parse(Array(summary))["labels"]?.array
        #expect(labels?.first?["frame"] == "1-person-frame.jpg" && labels?.first?["visits"] == 1)
        #expect(await after.sessions.finishInterrupted().isEmpty)
    }

    @Test("a session that ended in peace is not told again, and one that has just begun is kept within a second")
    func peace() async throws {
        let (room, session) = try await started(seconds: 60)
        #expect(await room.open.held.isEmpty)
        _ = await room.sessions.tick()
        #expect(await room.open.held.keys.sorted() == [session])
        _ = await room.sessions.finishAll(reason: "stopped")
        #expect(await room.open.held.isEmpty)
        #expect(await room.sessions.finishInterrupted().isEmpty)
    }

    @Test("what a session tells lies in the outbox before anybody hears of it, and its end goes with the session")
    func outbox() async throws {
        let (room, _) = try await started(seconds: 60)
        let seen = await room.sessions.note(
            try recorded(1, .person, .started, visit: "v"), frameJPEG: nil, cropJPEG: nil)
        #expect(seen.map(\.isStored) == [true])
        #expect(await room.open.outbox.map(\.payload) == seen.map(\.payload))
        let over = await room.sessions.finishAll(reason: "stopped")
        #expect(over.map(\.isStored) == [true])
        #expect(try await room.open.outbox.map(type) == ["LABEL_DETECTED", "STREAM_PROCESSING_COMPLETE"])
        #expect(await room.open.held.isEmpty)
    }

    @Test("with a full disk the session tells all the same, and once there is room it is neither lost nor told again")
    func diskFull() async throws {
        let (room, session) = try await started(seconds: 60)
        _ = await room.sessions.tick()
        await room.open.refuse(true)
        let seen = await room.sessions.note(
            try recorded(1, .person, .started, visit: "v"), frameJPEG: nil, cropJPEG: nil)
        #expect(try seen.map(type) == ["LABEL_DETECTED"] && seen.map(\.isStored) == [false])
        let other = try await room.registry.create(request(try name("other")))
        #expect(!other.isEmpty)
        let second = try await room.registry.start(try name("other"), start(seconds: 60))
        try await room.registry.stop(try name("door"))
        room.clock.advance(by: Session.patience)
        let over = await room.sessions.tick()
        #expect(try over.map(type) == ["STREAM_PROCESSING_COMPLETE"] && over.map(\.isStored) == [false])
        #expect(await room.open.held.keys.sorted() == [session], "the disk knows of no end")
        #expect(over.map(\.endsSession) == [session], "the broker's acknowledgement tells the disk")
        await room.open.refuse(false)
        #expect(await room.sessions.tick().isEmpty)
        #expect(await room.open.held.keys.sorted() == [session, second].sorted(), "what goes on is kept")
        #expect(await room.open.outbox.isEmpty, "told once")
    }

    @Test("whoever looks for a fault sees each session with what it waits for")
    func readings() async throws {
        let (room, session) = try await started()
        func states() -> [SessionReading.State] { room.sessions.readings.map(\.state) }
        #expect(states() == [.waiting])
        await room.open.refuse(true)
        _ = await room.sessions.note(
            try recorded(1, .person, .started, visit: "v"), frameJPEG: nil, cropJPEG: nil)
        let open = try #require(room.sessions.readings.first)
        #expect(try open.id == session && open.processor == name("door") && open.state == .open)
        #expect(open.labels == [.person] && open.openVisits == 1 && !open.isKept)
        await room.open.refuse(false)
        _ = await room.sessions.tick()
        #expect(room.sessions.readings.map(\.isKept) == [true])
        try await room.registry.stop(try name("door"))
        #expect(states() == [.closing])
        room.clock.advance(by: Session.patience)
        _ = await room.sessions.tick()
        #expect(states() == [])
    }

    @Test("a kept session that cannot be read is passed over", arguments: ["", "{}", "[1]"])
    func unreadable(body: String) async throws {
        let room = try await Room()
        _ = await room.open.keep(session: "x", Array(body.utf8))
        #expect(await room.sessions.finishInterrupted().isEmpty)
        #expect(await room.open.held.isEmpty, "nor is it tried for ever")
    }
}
