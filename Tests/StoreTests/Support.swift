import Base
import Foundation
import Logging
import Store
import Synchronization
import Testing

let silent = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

/// A unique folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/porchlight-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func open(now: @escaping @Sendable () -> MonotonicTime = { .now() }) throws -> Database {
        try Database.opening(in: path, now: now, logger: silent)
    }

    /// What the disk holds when the power goes now: the files as they are, without a farewell of the program.
    func afterPowerCut() throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        for file in try FileManager.default.contentsOfDirectory(atPath: path) {
            try FileManager.default.copyItem(atPath: "\(path)/\(file)", toPath: "\(copy.path)/\(file)")
        }
        return copy
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A wall clock in the test's hand: wall time is the monotonic time plus `offset`.
final class HandClock: Sendable {
    private let state = Mutex((nowMilliseconds: Int64(0), offset: Int64(0), quality: TimeQuality.synchronized))

    func set(now: Int64? = nil, offset: Int64? = nil, quality: TimeQuality? = nil) {
        state.withLock {
            $0 = (now ?? $0.nowMilliseconds, offset ?? $0.offset, quality ?? $0.quality)
        }
    }

    var clock: EventStore.Clock {
        EventStore.Clock(
            now: { WallTime(milliseconds: self.state.withLock { $0.nowMilliseconds + $0.offset }) },
            wallTime: { instant in
                WallTime(milliseconds: self.state.withLock { instant.milliseconds + $0.offset })
            },
            quality: { self.state.withLock(\.quality) })
    }
}

func event(
    _ phase: Event.Phase, visit: String = "v", atMilliseconds: Int64 = 0, processor: String = "door"
) throws -> Event {
    Event(
        id: visit, camera: try #require(CameraName("front")), processor: try #require(ProcessorName(processor)),
        label: .person, phase: phase, reason: phase == .ended ? .gone : nil,
        at: MonotonicTime(nanoseconds: atMilliseconds * 1_000_000), since: MonotonicTime(nanoseconds: 0),
        confidence: .half, box: .full, regionOverlap: 1, settingsRevision: 1, openCount: 1, looksSeen: 1,
        looksTaken: 1)
}

func processor(_ text: String, revision: Int = 1) throws -> ArchivedProcessor {
    let name = try #require(ProcessorName(text))
    let polygon = try Polygon([Point(x: 0, y: 0), Point(x: 0.3, y: 0.1), Point(x: 0.1, y: 1)])
    return ArchivedProcessor(
        description: ProcessorDescription(
            definition: ProcessorDefinition(
                name: name, arn: "arn", camera: try #require(CameraName("front")), inputARN: "in",
                output: .folder(bucket: "bucket", keyPrefix: "é/\u{1F415}"), roleARN: "role", notificationTopicARN: nil,
                kmsKeyID: nil,
                dataSharingOptIn: true, tags: ["a": "b"]),
            settings: AnalysisSettings(
                ConnectedHomePlan(
                    labelNames: ["ALL"], labels: [.person, .pet], minConfidence: Confidence(clamping: 0.873),
                    regions: [.box(.full), .polygon(polygon)]), revision: revision),
            status: .running, statusMessage: "", createdAt: WallTime(milliseconds: 1),
            updatedAt: WallTime(milliseconds: 2), isEnabled: true),
        startEcho: ["Name": .string(text), "StopSelector": nil])
}

extension EventStore {
    /// The events among what waits.
    func unsentEvents(limit: Int, after sequence: Int64 = .min) async throws -> [RecordedEvent] {
        var position = OutboxPosition()
        position.pass(.event(sequence))
        return try await unsent(limit: limit, after: position).compactMap { entry -> RecordedEvent? in
            if case .event(let recorded) = entry.content { recorded } else { nil }
        }
    }

    func markSent(_ sequences: [Int64?]) async throws {
        try await markSent(sequences.compactMap { $0.map(OutboxEntry.ID.event) })
    }
}
