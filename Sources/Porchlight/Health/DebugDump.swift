import Base
import Control
import Glibc
import Publish
import Runtime
import Settings
import Store

/// Everything that helps to find a fault while it lasts: threads and what they wait for, cameras, queues, processors,
/// services. Waits for nobody who may hang.
struct DebugDump: Sendable {
    let statuses: CameraStatusStore
    let beats: Heartbeats
    let watch: LivenessWatch
    let services: ServiceStatusStore
    let queue: EventQueue
    let work: WorkCounters
    let publisher: Publisher
    let registry: ProcessorRegistry
    let sessions: Sessions
    let level: LogSwitch
    let storage: Storage
    let restarts: [RunMarker.Restart]
    let api: APISettings
    let board = BoardFacts()
    let started = MonotonicTime.now()

    /// - Parameters:
    ///   - problems: all of them, in words.
    ///   - vitals: what the box feels.
    ///   - outbox: what waits for the broker in the store, and what was dropped; -1 where the store does not answer.
    func json(
        problems: [String], vitals: JSONValue, outbox: (waiting: EventStore.Backlog, dropped: EventStore.Dropped)
    ) async -> JSONValue {
        let now = MonotonicTime.now()
        let processors = await Deadline.value(within: .seconds(1)) { await registry.list() } ?? []
        return [
            "version": .string(programVersion), "process": .integer(Int64(getpid())),
            "uptimeSeconds": .integer(Int64((now - started).inSeconds)), "logLevel": .string("\(level.level)"),
            "residentMegabytes": SystemVitals.residentMegabytes.map { .number($0.tenths) } ?? .null,
            "restarts": .array(restarts.map(\.json)), "board": board.json, "vitals": vitals, "network": network,
            "problems": .array(problems.map(JSONValue.string)), "parts": parts(at: now), "cameras": cameras(at: now),
            "queues": queues(outbox), "broker": broker(at: now),
            "storage": storageUsage, "disk": disk, "faceCollections": faceCollections,
            "processors": .array(processors.map(Self.processor)),
            "sessions": sessions(at: now),
            "services": .object(
                Dictionary(uniqueKeysWithValues: services.all.map { ($0.service, .string($0.status.words)) })),
        ]
    }

    /// What each thread said last, and for how long it has been silent.
    private func parts(at now: MonotonicTime) -> JSONValue {
        let hung = Set(watch.hangs.map(\.part))
        return .array(
            beats.all.map { beat in
                [
                    "part": .string("\(beat.part)"), "doing": .string("\(beat.doing)"),
                    "forMs": .integer((now - beat.at).milliseconds),
                    "quietForMs": .integer(beat.quietFor.milliseconds), "standsStill": .bool(hung.contains(beat.part)),
                ]
            })
    }

    private func cameras(at now: MonotonicTime) -> JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: statuses.reports.map { camera, report in
                    (
                        camera.text,
                        [
                            "status": .string(report.phase.word), "reason": .string(report.reason),
                            "hasProcessor": .bool(report.hasProcessor), "troubles": Payloads.troubles(report.troubles),
                            "running": .string(report.running), "framesIn": .integer(Int64(report.framesIn)),
                            "framesAnalysed": .integer(Int64(report.framesAnalysed)),
                            "framesDropped": .integer(Int64(report.framesDropped)),
                            "framesLost": .integer(Int64(report.framesLost)),
                            "framesCorrupt": .integer(Int64(report.framesCorrupt)),
                            "framesPartial": .integer(Int64(report.framesPartial)),
                            "lastFrameMsAgo": report.lastFrameAt.map { .integer((now - $0).milliseconds) } ?? .null,
                            "inferenceMs": .number(report.inferenceMilliseconds.tenths),
                        ]
                    )
                }))
    }

    /// What each file and folder of the storage directory took when its bounds were last kept, and what it may take; null
    /// where that is whatever the rest leaves.
    private var storageUsage: JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: storage.usage.map { entry, bytes in
                    let most: JSONValue =
                        if case .bytes(let most) = entry.row.bound { .integer(Int64(most)) } else { .null }
                    return (entry.rawValue, ["bytes": .integer(Int64(bytes)), "most": most])
                }))
    }

    private var disk: JSONValue {
        storage.disk.map { ["freeBytes": .integer(Int64($0.free)), "bytes": .integer(Int64($0.size))] } ?? .null
    }

    /// Where the API listens, and at which addresses browsers find the page.
    private var network: JSONValue {
        [
            "listen": .string(api.listen), "encrypted": .bool(api.tls != nil),
            "onlyForThisBox": .bool(api.isOnlyForThisBox),
            "addresses": .array(PageAddress.all(api).map(JSONValue.string)),
        ]
    }

    /// Counts only: names of people are nobody's fault.
    private var faceCollections: JSONValue {
        .array(
            storage.faces.list().map { collection in
                [
                    "collection": .string(collection.id.text), "faces": .integer(Int64(collection.faceCount)),
                    "users": .integer(Int64(collection.userCount)),
                    "model": collection.model.map { .string($0.identity) } ?? .null,
                ]
            })
    }

    /// What each has still to tell waits in the outbox, or, when the store could not keep it, in memory.
    private func sessions(at now: MonotonicTime) -> JSONValue {
        .array(
            sessions.readings.map { session in
                [
                    "session": .string(session.id), "processor": .string(session.processor.text),
                    "state": .string(session.state.rawValue), "forMs": .integer((now - session.since).milliseconds),
                    "visitsOpen": .integer(Int64(session.openVisits)),
                    "labelsTold": .array(session.labels.map { .string($0.rawValue) }),
                    "kept": .bool(session.isKept),
                ]
            })
    }

    private func queues(_ outbox: (waiting: EventStore.Backlog, dropped: EventStore.Dropped)) -> JSONValue {
        let (photos, mqtt) = (work.counts(of: StillImageQueue.kind), publisher.counters)
        func number(_ value: Int) -> JSONValue { value < 0 ? .null : .integer(Int64(value)) }
        return [
            "events": [
                "phase": .string(queue.phase.rawValue), "waiting": number(queue.depth),
                "dropped": number(queue.dropped),
            ],
            "outbox": ["waiting": number(outbox.waiting.events), "dropped": number(outbox.dropped.events)],
            "notifications": [
                "waiting": number(outbox.waiting.notifications), "dropped": number(outbox.dropped.notifications),
                "onlyInMemory": number(publisher.notificationsInMemory),
            ],
            "photos": ["answered": number(photos.done), "refused": number(photos.refused + photos.late)],
            "work": work.json,
            "mqtt": [
                "phase": .string("\(publisher.phase)"), "inFlight": number(publisher.linkStatus.inFlight),
                "eventsSent": number(mqtt.eventsSent),
                "notificationsSent": number(mqtt.notificationsSent), "imagesDropped": number(mqtt.imagesDropped),
            ],
        ]
    }

    private func broker(at now: MonotonicTime) -> JSONValue {
        let link = publisher.linkStatus
        return [
            "connected": .bool(link.isConnected), "forMs": .integer((now - link.since).milliseconds),
            "problem": link.lastError.map { .string($0) } ?? .null, "attempts": .integer(Int64(link.attempts)),
            "connections": .integer(Int64(link.connections)),
        ]
    }

    private static func processor(_ processor: ProcessorDescription) -> JSONValue {
        [
            "name": .string(processor.definition.name.text), "camera": .string(processor.definition.camera.text),
            "status": .string(processor.status.rawValue), "message": .string(processor.statusMessage),
            "revision": .integer(Int64(processor.settings.revision)),
        ]
    }
}

extension ServiceStatusStore.Status {
    fileprivate var words: String {
        switch self {
        case .starting: "starting"
        case .running: "running"
        case .waiting(let reason): "tried again: \(reason)"
        case .off(let reason): "off: \(reason)"
        }
    }
}
