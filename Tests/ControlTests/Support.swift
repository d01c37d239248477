import Base
import Control
import Foundation
import Glibc
import Logging
import Runtime
import Synchronization
import Testing

/// Processors in memory; can be told to refuse, and to wait at the door.
actor MemoryArchive: ProcessorArchive {
    struct Refused: Error {}

    private(set) var held: [ProcessorName: ArchivedProcessor] = [:]
    private(set) var modes: [ModeName: Mode] = [:]
    private(set) var currentMode: ModeName?
    private(set) var saves = 0
    private var refuses = false
    private var gate: CheckedContinuation<Void, Never>?
    private var holdsNextSave = false
    private var arrival: CheckedContinuation<Void, Never>?

    init(_ processors: [ArchivedProcessor] = []) {
        for processor in processors { held[processor.description.definition.name] = processor }
    }

    func refuse(_ refuses: Bool) { self.refuses = refuses }

    /// The next save stops in the middle until `letGo`.
    func holdNextSave() { holdsNextSave = true }

    func saveArrived() async {
        if gate == nil { await withCheckedContinuation { arrival = $0 } }
    }

    func letGo() {
        gate?.resume()
        gate = nil
    }

    private var seen: Set<CameraName> = []

    func unseen(among cameras: [CameraName]) -> [CameraName] { cameras.filter { !seen.contains($0) } }

    func noteSeen(_ cameras: [CameraName]) { seen.formUnion(cameras) }

    func load() async throws -> [ArchivedProcessor] {
        if refuses { throw Refused() }
        return held.values.sorted { $0.description.definition.name < $1.description.definition.name }
    }

    func save(_ processor: ArchivedProcessor) async throws {
        if holdsNextSave {
            holdsNextSave = false
            await withCheckedContinuation { continuation in
                gate = continuation
                arrival?.resume()
                arrival = nil
            }
        }
        // A disk takes its time: others get their chance to overtake.
        for _ in 0..<3 { await Task.yield() }
        if refuses { throw Refused() }
        saves += 1
        held[processor.description.definition.name] = processor
    }

    func delete(_ name: ProcessorName) async throws {
        if refuses { throw Refused() }
        held[name] = nil
    }
}

extension MemoryArchive: ModeArchive {
    func loadModes() async throws -> (modes: [Mode], current: ModeName?) {
        (modes.values.sorted { $0.name < $1.name }, currentMode)
    }

    func save(_ mode: Mode) async throws {
        if refuses { throw Refused() }
        modes[mode.name] = mode
    }

    func delete(_ mode: ModeName) async throws {
        if refuses { throw Refused() }
        modes[mode] = nil
    }

    func enter(_ mode: ModeName?, _ processors: [ArchivedProcessor]) async throws {
        if refuses { throw Refused() }
        for processor in processors { held[processor.description.definition.name] = processor }
        currentMode = mode
    }
}

/// Open sessions and their notifications in memory; can be told to refuse, as a full disk does.
actor MemorySessions: SessionArchive {
    private(set) var held: [String: [UInt8]] = [:]
    private(set) var outbox: [SessionNotification] = []
    private var refuses = false

    func refuse(_ refuses: Bool) { self.refuses = refuses }

    func keep(session id: String, _ body: [UInt8]) async -> Bool {
        if !refuses { held[id] = body }
        return !refuses
    }

    func put(_ notification: SessionNotification?, ending session: String?) async -> Bool {
        guard !refuses else { return false }
        if let notification { outbox.append(notification) }
        if let session { held[session] = nil }
        return true
    }

    func leftOpen() async -> [(id: String, body: [UInt8])] {
        held.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// A clock that only a test moves.
final class ManualClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [(id: Int, until: Instant, continuation: CheckedContinuation<Void, any Error>)] = []
        var cancelled: Set<Int> = []
        var nextID = 0
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock(\.now) }
    var minimumResolution: Duration { .zero }
    var sleeperCount: Int { state.withLock(\.sleepers.count) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if deadline <= state.now { return .success(()) }
                    state.sleepers.append((id, deadline, continuation))
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return CheckedContinuation<Void, any Error>?.none
                }
                return state.sleepers.remove(at: index).continuation
            }
            sleeper?.resume(throwing: CancellationError())
        }
    }

    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let now = state.now
            let due = state.sleepers.filter { $0.until <= now }
            state.sleepers.removeAll { $0.until <= now }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }
}

/// A unique folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/porchlight-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The whole room, with everything outside in the test's hand.
final class Room: Sendable {
    let folder: TemporaryFolder
    let archive: MemoryArchive
    let open: MemorySessions
    let clock = ManualClock()
    let results: ResultsFolder
    let sessions: Sessions
    let registry: ProcessorRegistry

    static let silent = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    private final class Counters: Sendable {
        let time = Atomic<Int64>(1_000_000)
        let ids = Atomic<Int>(0)
    }
    private let counters: Counters

    init(
        _ archive: MemoryArchive = MemoryArchive(), open: MemorySessions = MemorySessions(), firstStart: Bool = false,
        cameras: [String] = ["front", "back"],
        emittable: Set<Label> = [.person, .pet], collections: any FaceSearching = ScriptedCollections(),
        processors: Int = 32
    ) async throws {
        let counters = Counters()
        let clock = clock
        self.counters = counters
        folder = try TemporaryFolder()
        self.archive = archive
        self.open = open
        results = ResultsFolder(folder: folder.path + "/results", logger: Self.silent)
        let newID: @Sendable () -> String = { "id-\(counters.ids.add(1, ordering: .relaxed).newValue)" }
        let wallTime: @Sendable () -> WallTime = {
            WallTime(milliseconds: counters.time.add(1, ordering: .relaxed).newValue)
        }
        sessions = Sessions(
            folder: results, archive: open,
            now: { MonotonicTime(nanoseconds: clock.now.offset.nanoseconds) }, wallTime: wallTime, newID: newID)
        if !firstStart { await archive.noteSeen(cameras.compactMap(CameraName.init)) }
        registry = try await ProcessorRegistry.opening(
            archive, modes: archive,
            limits: .init(
                cameras: cameras.compactMap(CameraName.init),
                vocabulary: LabelVocabulary(modelName: "toy", emittable: emittable),
                collections: collections, processors: processors),
            sessions: sessions, environment: .init(clock: clock, wallTime: wallTime, newID: newID),
            logger: Self.silent)
    }

    /// A start after this room's power was cut.
    /// - Parameter firstStart: cameras that were never named are not taken for seen.
    func reopened(
        firstStart: Bool = false, cameras: [String] = ["front", "back"], emittable: Set<Label> = [.person, .pet]
    ) async throws -> Room {
        try await Room(archive, open: open, firstStart: firstStart, cameras: cameras, emittable: emittable)
    }

    func status(of name: ProcessorName) async throws -> ProcessorStatus { try await registry.describe(name).status }
}

func name(_ text: String) throws -> ProcessorName { try #require(ProcessorName(text)) }

func request(
    _ name: ProcessorName, camera: String = "front", labels: [String] = ["PERSON"],
    topic: String? = "arn:aws:sns:eu-west-1:000000000000:door", bucket: String = "results-bucket",
    keyPrefix: String? = nil, tags: [String: String] = [:], regions: [Region] = []
) -> ProcessorRequest {
    ProcessorRequest(
        name: name, cameraName: camera, inputARN: "arn:aws:kinesisvideo:eu-west-1:000000000000:stream/\(camera)/1",
        output: .folder(bucket: bucket, keyPrefix: keyPrefix), roleARN: "arn:aws:iam::000000000000:role/r",
        notificationTopicARN: topic, kmsKeyID: nil,
        plan: .connectedHome(labelNames: labels, minConfidence: nil, regions: regions),
        dataSharingOptIn: false, tags: tags)
}

func start(seconds: Int? = nil) -> StartRequest {
    StartRequest(maxDurationInSeconds: seconds, echo: ["Name": "door"])
}

/// Waits for what other tasks bring about.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        await Task.yield()
    }
    return false
}
