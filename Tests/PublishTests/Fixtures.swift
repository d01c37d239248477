import Base
import Logging
import Publish
import Runtime
import Synchronization

let door = CameraName("front-door").unsafelyKnown
let doorProcessor = ProcessorName(door)

extension Optional {
    /// For literals of tests.
    var unsafelyKnown: Wrapped {
        guard let self else { preconditionFailure("a literal of a test is wrong") }
        return self
    }
}

func processor(
    _ name: ProcessorName = doorProcessor, labels: Set<Label> = [.person, .pet], status: ProcessorStatus = .running,
    minConfidence: Double = 50, regions: [Region] = []
) -> ProcessorDescription {
    let arn = "arn:aws:rekognition:local:000000000000:streamprocessor/\(name)"
    let definition = ProcessorDefinition(
        name: name, arn: arn, camera: door, inputARN: arn, output: .folder(bucket: "bucket", keyPrefix: nil),
        roleARN: arn,
        notificationTopicARN: nil, kmsKeyID: nil, dataSharingOptIn: false, tags: [:])
    let settings = AnalysisSettings(
        ConnectedHomePlan(
            labelNames: labels.map(\.rawValue).sorted(), labels: labels,
            minConfidence: Confidence(percent: minConfidence) ?? .half, regions: regions), revision: 7)
    return ProcessorDescription(
        definition: definition, settings: settings, status: status, statusMessage: "", createdAt: .now(),
        updatedAt: .now(), isEnabled: true)
}

/// One that recognises faces.
func faceProcessor(
    _ name: ProcessorName = doorProcessor, status: ProcessorStatus = .running
) -> ProcessorDescription {
    var description = processor(name, status: status)
    let search = FaceSearchPlan(collectionID: CollectionID("family").unsafelyKnown).unsafelyKnown
    description.settings = AnalysisSettings(plan: .faceSearch(search), revision: 7)
    return description
}

func visit(
    _ phase: Event.Phase = .started, _ label: Label = .person, id: String = "visit", open: Int = 1,
    at: MonotonicTime = .now()
) -> Event {
    Event(
        id: id, camera: door, processor: doorProcessor, label: label, phase: phase,
        reason: phase == .ended ? .gone : nil, at: at, since: at, confidence: Confidence(clamping: 0.873),
        box: NormalizedBox(left: 0.1, top: 0.2, width: 0.3, height: 0.5) ?? .full, regionOverlap: 0.75,
        settingsRevision: 7, openCount: open, looksSeen: 3, looksTaken: 4)
}

func recorded(_ sequence: Int64, boot: String = "boot", _ event: Event = visit()) -> RecordedEvent {
    RecordedEvent(
        sequence: sequence, bootID: boot, time: .now(), timeQuality: .synchronized, event: event, imagePath: "a/b.jpg")
}

/// As it waits in the outbox.
func entry(_ sequence: Int64, boot: String = "boot", _ event: Event = visit()) -> OutboxEntry {
    OutboxEntry(recorded(sequence, boot: boot, event)).unsafelyKnown
}

func notification(_ number: Int64, _ text: String) -> OutboxEntry {
    OutboxEntry(notification: number, topic: "door", payload: Array(text.utf8))
}

/// An outbox in memory that remembers what was marked, in order.
final class MemoryOutbox: Outbox {
    private let state = Mutex<(waiting: [OutboxEntry], sent: [OutboxEntry.ID])>(([], []))

    func record(_ event: RecordedEvent) { add(OutboxEntry(event).unsafelyKnown) }
    func add(_ entry: OutboxEntry) { state.withLock { $0.waiting.append(entry) } }
    /// The number of the newest event.
    var recordedCount: Int64 { state.withLock { max($0.waiting.last?.sequence ?? 0, $0.sent.last?.sequence ?? 0) } }
    /// Numbers of events.
    var sent: [Int64] { state.withLock { $0.sent.compactMap(\.sequence) } }
    var waiting: Int { state.withLock { $0.waiting.count } }
    func hasSent(through sequence: Int64) -> Bool {
        state.withLock { ($0.waiting.first?.sequence ?? .max) > sequence }
    }

    func unsent(limit: Int, after position: OutboxPosition) async throws -> [OutboxEntry] {
        state.withLock { Array($0.waiting.lazy.filter { position.isBefore($0.id) }.prefix(limit)) }
    }
    func markSent(_ ids: [OutboxEntry.ID]) async throws {
        state.withLock { state in
            state.sent += ids
            let gone = Set(ids)
            state.waiting.removeAll { gone.contains($0.id) }
        }
    }
}

extension OutboxPosition {
    func isBefore(_ id: OutboxEntry.ID) -> Bool {
        switch id {
        case .event(let sequence): sequence > event
        case .notification(let number): number > notification
        case .session: false
        }
    }
}

extension OutboxEntry {
    /// Of an event.
    var sequence: Int64? { id.sequence }
}

extension OutboxEntry.ID {
    var sequence: Int64? { if case .event(let sequence) = self { sequence } else { nil } }
}

/// Remembers commands and answers `{"ok":true}`.
final class MemoryCommands: CommandHandler {
    private let state = Mutex<[String]>([])
    var all: [String] { state.withLock { $0 } }

    func setSettings(of processor: String, json: [UInt8]) async -> [UInt8] {
        state.withLock { $0.append("\(processor) \(String(decoding: json, as: UTF8.self))") }
        return Array(#"{"ok":true,"revision":8}"#.utf8)
    }
    func setEnabled(of processor: String, _ isOn: Bool) async -> [UInt8] {
        state.withLock { $0.append("\(processor) \(isOn)") }
        return Array(#"{"ok":true}"#.utf8)
    }
    func forgetBackground(of camera: CameraName) async -> [UInt8] {
        state.withLock { $0.append("forget \(camera)") }
        return Array(#"{"ok":true,"forgotten":2}"#.utf8)
    }
    func setMode(_ name: String?) async -> [UInt8] {
        state.withLock { $0.append("mode \(name ?? "-")") }
        return Array(#"{"ok":true,"mode":"night"}"#.utf8)
    }
}

/// The topic register, as the daemon has it.
func registerFile(_ path: String) -> StorageFile { StorageFile(path: path, mode: 0o600, mostBytes: 1 << 20) }

let quiet: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}()

extension LinkPace {
    /// For tests that need no patience.
    static let quick: LinkPace = {
        var pace = LinkPace()
        pace.firstPause = .milliseconds(50)
        pace.longestPause = .milliseconds(200)
        pace.keepAliveSeconds = 5
        pace.takeoverPause = .milliseconds(300)
        pace.belief = .milliseconds(200)
        return pace
    }()
}
