import Base
import Control
import Decode
import Publish
import Runtime
import Serve
import Store
import Synchronization

/// What `/healthz`, `/metrics`, snapshots and MQTT's health topics tell, put together from the rooms.
final class HealthReporter: HealthSource {
    private struct Before {
        var at = MonotonicTime.now()
        var reports: [CameraName: CameraStatusStore.Report] = [:]
    }

    private let statuses: CameraStatusStore
    private let latest: LatestPictures
    private let usual = UsualPictures()
    private let queue: EventQueue
    private let records: FaceRecordQueue
    private let storage: Storage
    private let samples: SampleFolder
    private let work: WorkCounters
    private let publisher: Publisher
    private let lastRestart: RunMarker.Reason
    private let meter: WriteMeter
    private let background: StationaryObjectStore
    private let services: ServiceStatusStore
    private let watch: LivenessWatch
    private let keys: KeyRing
    private let files: DiskQueue
    private let dump: DebugDump
    private let diagnosisParts: Diagnosis
    private let timings: Timings
    /// A question to the store is open: when the disk hangs, one is enough.
    private let isAsking = Mutex(false)
    /// No picture leaves the process.
    private let isPrivate: Bool
    private let started = MonotonicTime.now()
    private let before = Mutex(Before())
    private let vitals = Mutex(SystemVitals())
    private let snapshots = SnapshotEncoder()

    init(
        statuses: CameraStatusStore, latest: LatestPictures, queue: EventQueue,
        records: FaceRecordQueue, storage: Storage, samples: SampleFolder,
        work: WorkCounters, publisher: Publisher, lastRestart: RunMarker.Reason,
        meter: WriteMeter,
        background: StationaryObjectStore, services: ServiceStatusStore, watch: LivenessWatch,
        keys: KeyRing, beats: Heartbeats, dump: DebugDump, diagnosis: Diagnosis, timings: Timings,
        isPrivate: Bool
    ) {
        self.statuses = statuses
        self.latest = latest
        self.queue = queue
        self.records = records
        self.storage = storage
        self.samples = samples
        self.work = work
        self.publisher = publisher
        self.lastRestart = lastRestart
        self.meter = meter
        self.background = background
        self.services = services
        self.watch = watch
        self.keys = keys
        files = DiskQueue("local key", beats: beats)
        self.dump = dump
        diagnosisParts = diagnosis
        self.timings = timings
        self.isPrivate = isPrivate
    }

    /// What will not become right by itself, or stands still, in words. A camera or a broker that is away is none: it comes
    /// back, and has its own place.
    var problems: [String] {
        let cameras = statuses.reports.compactMap { camera, report -> String? in
            guard case .gaveUp(let reason) = report.phase else { return nil }
            return "camera \(camera): \(reason)"
        }
        let services = services.all.compactMap { service, status in status.problem.map { "\(service): \($0)" } }
        let store = storage.trouble.map { [$0] } ?? []
        return watch.hangs.map { "\($0.part): \($0.words)" } + store + cameras + services
            + (keys.problem.map { ["callers over TCP are refused: \($0)"] } ?? [])
    }

    /// All that somebody should see to.
    var allProblems: [String] {
        problems
            + BoxTroubles.words(
                link: publisher.linkStatus, time: .now(), quality: .now(), uptime: .now() - started)
            + meter.troubles
    }

    func health() async -> HealthReport {
        let reports = statuses.reports
        let problems = problems
        return HealthReport(
            isHealthy: problems.isEmpty,
            json: [
                "healthy": .bool(problems.isEmpty), "problems": .array(problems.map(JSONValue.string)),
                "version": .string(programVersion),
                "broker": publisher.linkStatus.json, "store": storeJSON,
                "cameras": .object(
                    Dictionary(uniqueKeysWithValues: reports.map { ($0.camera.text, .string($0.report.phase.word)) })),
            ])
    }

    /// Looks whether somebody has put the local key right; a disk that hangs keeps nobody waiting.
    func lookAtKeys() { files.async { [keys] in _ = keys.current() } }

    func debugDump() async -> JSONValue {
        let outbox = await outbox()
        return await dump.json(problems: allProblems, vitals: vitalsJSON, outbox: (outbox.waiting, outbox.dropped))
    }

    func diagnosis() async -> JSONValue { diagnosisParts.json(debug: await debugDump()) }

    private var vitalsJSON: JSONValue {
        [
            "cpuPercent": vitals.withLock { $0.cpuPercent() }.map { .number($0.tenths) } ?? .null,
            "temperatureC": SystemVitals.temperature.map { .number($0.tenths) } ?? .null,
            "bytesWrittenToday": meter.read().map { .integer($0) } ?? .null,
        ]
    }

    func snapshot(of camera: String, otherThan last: MonotonicTime?) async -> Snapshot? {
        guard !isPrivate, let name = CameraName(camera), statuses.phase(of: name) == .online,
            let picture = latest.picture(of: name), picture.capturedAt != last
        else { return nil }
        return await snapshots.snapshot(of: picture)
    }

    func pictureBeforeMove(of camera: String) -> Snapshot? {
        guard !isPrivate, let name = CameraName(camera),
            let told = statuses.report(of: name)?.troubles.first(where: { $0.kind == .moved })?.since
        else { return nil }
        return usual.picture(of: name, beforeMoveToldAt: told)
    }

    /// A picture of each camera with which all is well, once in a while.
    func keepUsualPictures(at now: MonotonicTime = .now()) {
        guard !isPrivate else { return }
        for (camera, report) in statuses.reports where report.phase == .online && report.view.troubles.isEmpty {
            guard usual.isDue(for: camera, at: now), let picture = latest.picture(of: camera) else { continue }
            snapshots.makeSmall(picture) { [usual] in usual.keep($0, of: camera) }
        }
    }

    /// The health of each camera, with rates since the last call.
    func cameraReadings() -> [(camera: CameraName, report: CameraStatusStore.Report, json: JSONValue)] {
        let (now, reports) = (MonotonicTime.now(), statuses.reports)
        return before.withLock { before in
            let seconds = max(0.001, (now - before.at).inSeconds)
            let readings = reports.map { camera, report in
                (
                    camera, report,
                    report.json(
                        since: before.reports[camera] ?? .init(), seconds: seconds, background.objects(of: camera))
                )
            }
            before.at = now
            before.reports = Dictionary(uniqueKeysWithValues: reports.map { ($0.camera, $0.report) })
            return readings
        }
    }

    /// The health of the box, with rates since the last call.
    func boxReading() async -> JSONValue {
        let outbox = await outbox()
        let cpu = vitals.withLock { $0.cpuPercent() }
        let reports = statuses.reports.map(\.report)
        return [
            "cpuPercent": cpu.map { .number($0.tenths) } ?? .null,
            "rssMb": SystemVitals.residentMegabytes.map { .number($0.tenths) } ?? .null,
            "temperatureC": SystemVitals.temperature.map { .number($0.tenths) } ?? .null,
            "inferenceMs": .number((reports.map(\.inferenceMilliseconds).max() ?? 0).tenths),
            "framesDropped": .integer(Int64(reports.map(\.framesDropped).reduce(0, +))),
            "bytesWrittenToday": meter.read().map { .integer($0) } ?? .null,
            "problems": .array(allProblems.map(JSONValue.string)),
            "eventQueue": .integer(Int64(queue.depth)), "eventsWaiting": .integer(Int64(outbox.waiting.events)),
            "eventsDropped": .integer(Int64(outbox.dropped.events)),
            "eventsNotStored": .integer(Int64(outbox.notStored)),
            "notificationsWaiting": .integer(Int64(outbox.waiting.notifications)),
            "notificationsDropped": .integer(Int64(outbox.dropped.notifications)),
            "picturesNotWritten": .integer(Int64(picturesNotWritten)),
            "picturesSpared": .integer(Int64(meter.sparedCount)), "store": storeJSON,
            "lastRestart": .string(lastRestart.rawValue), "version": .string(programVersion),
        ]
    }

    private var picturesNotWritten: Int {
        storage.images.failureCount + storage.results.failureCount + samples.failureCount
    }

    private var storeJSON: JSONValue {
        let trouble = storage.trouble
        return [
            "writable": .bool(trouble == nil), "problem": trouble.map(JSONValue.string) ?? .null,
            "begunAnew": .integer(Int64(storage.renewals)),
        ]
    }

    private struct OutboxReading {
        var waiting = EventStore.Backlog.unknown
        /// Never told: too much waited, or too long, in the store or in memory.
        var dropped = EventStore.Dropped.unknown
        /// Told, and kept nowhere.
        var notStored = -1
    }

    /// The numbers are unknown when the store does not answer.
    private func outbox() async -> OutboxReading {
        let mayAsk = isAsking.withLock { isAsking in
            defer { isAsking = true }
            return !isAsking
        }
        guard mayAsk else { return OutboxReading() }
        let answer = await Deadline.value(within: .seconds(2)) { [self] in
            let reading = await askedOutbox()
            isAsking.withLock { $0 = false }
            return reading
        }
        return answer ?? OutboxReading()
    }

    private func askedOutbox() async -> OutboxReading {
        // An unreadable store is told by whoever writes to it; here it only means that the numbers are not known.
        let waiting = (try? await storage.events.backlog()) ?? .unknown
        var dropped = (try? await storage.events.droppedCount()) ?? .unknown
        let losses = publisher.losses
        dropped.events += queue.dropped + losses.events
        dropped.notifications += losses.notifications
        return OutboxReading(waiting: waiting, dropped: dropped, notStored: await storage.events.notStoredCount)
    }

    func metricsText() async -> String {
        let outbox = await outbox()
        var text = ""
        func metric(_ name: String, _ type: String, _ rows: [(labels: String, value: Double)]) {
            guard !rows.isEmpty else { return }
            text += "# TYPE porchlight_\(name) \(type)\n"
            for row in rows { text += "porchlight_\(name)\(row.labels) \(row.value)\n" }
        }
        let reports = statuses.reports
        func perCamera(_ name: String, _ type: String, _ value: (CameraStatusStore.Report) -> Double) {
            metric(name, type, reports.map { ("{camera=\"\($0.camera)\"}", value($0.report)) })
        }
        perCamera("camera_online", "gauge") { $0.phase == .online ? 1 : 0 }
        perCamera("camera_frames_in_total", "counter") { Double($0.framesIn) }
        perCamera("camera_frames_analysed_total", "counter") { Double($0.framesAnalysed) }
        perCamera("camera_second_looks_total", "counter") { Double($0.secondLooks) }
        perCamera("camera_second_looks_skipped_total", "counter") { Double($0.secondLooksSkipped) }
        perCamera("camera_frames_dropped_total", "counter") { Double($0.framesDropped) }
        perCamera("camera_frames_lost_total", "counter") { Double($0.framesLost) }
        perCamera("camera_frames_corrupt_total", "counter") { Double($0.framesCorrupt) }
        perCamera("camera_frames_partial_total", "counter") { Double($0.framesPartial) }
        perCamera("inference_milliseconds", "gauge", \.inferenceMilliseconds)
        metric(
            "camera_background_objects", "gauge",
            reports.map { ("{camera=\"\($0.camera)\"}", Double(background.objects(of: $0.camera).count)) })
        metric("events_waiting", "gauge", [("", Double(outbox.waiting.events))])
        metric("events_dropped_total", "counter", [("", Double(outbox.dropped.events))])
        metric("events_not_stored_total", "counter", [("", Double(outbox.notStored))])
        metric("notifications_waiting", "gauge", [("", Double(outbox.waiting.notifications))])
        metric("notifications_dropped_total", "counter", [("", Double(outbox.dropped.notifications))])
        metric(
            "face_records_dropped_total", "counter",
            [
                (#"{reason="too_many"}"#, Double(records.dropped)),
                (#"{reason="not_stored"}"#, Double(await storage.streams.lostCount)),
                (#"{reason="broker"}"#, Double(publisher.losses.records)),
            ])
        metric("pictures_not_written_total", "counter", [("", Double(picturesNotWritten))])
        metric("pictures_spared_total", "counter", [("", Double(meter.sparedCount))])
        metric("store_begun_anew_total", "counter", [("", Double(storage.renewals))])
        metric("store_writable", "gauge", [("", storage.trouble == nil ? 1 : 0)])
        metric(
            "storage_bytes", "gauge",
            storage.usage.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { ("{entry=\"\($0.key.rawValue)\"}", Double($0.value)) })
        let collections = storage.faces.list()
        metric("face_collections", "gauge", [("", Double(collections.count))])
        metric("faces", "gauge", [("", Double(collections.reduce(0) { $0 + $1.faceCount }))])
        metric("bytes_written_today", "gauge", meter.read().map { [("", Double($0))] } ?? [])
        let photos = work.counts(of: StillImageQueue.kind)
        metric("photos_answered_total", "counter", [("", Double(photos.done))])
        metric("photos_refused_total", "counter", [("", Double(photos.refused + photos.late))])
        metric("broker_connected", "gauge", [("", publisher.linkStatus.isConnected ? 1 : 0)])
        metric("resident_megabytes", "gauge", SystemVitals.residentMegabytes.map { [("", $0)] } ?? [])
        return text + work.prometheusText + timings.prometheusText
            + publisher.publishDelays.prometheusText("porchlight_event_publish_delay_seconds")
    }
}

extension CameraStatusStore.Phase {
    /// `online` or `offline` for everybody who only wants to know that; the reason stands in the health topic.
    var word: String { self == .online ? "online" : "offline" }

    package var reason: String {
        switch self {
        case .online: ""
        case .offline(let reason): reason
        case .gaveUp(let reason): "given up: \(reason)"
        case .ended: "the clip has ended"
        }
    }
}

extension CameraStatusStore.Report {
    /// Why it is away, or what is unusual while it is online; empty when all is well.
    package var reason: String {
        phase == .online ? troubles.map(\.words).joined(separator: "; ") : phase.reason
    }

    static let noProcessor = "it has no processor, so nobody is told of it: porchlight processor create makes one"

    /// - Parameters:
    ///   - before: the report `seconds` ago, for rates.
    ///   - background: what the camera has learned to be a part of its scene.
    fileprivate func json(
        since before: CameraStatusStore.Report, seconds: Double, _ background: [BackgroundObject]
    ) -> JSONValue {
        func rate(_ now: Int, _ then: Int) -> JSONValue { .number((Double(now - then) / seconds).tenths) }
        return [
            "status": .string(phase.word), "reason": .string(reason), "troubles": Payloads.troubles(troubles),
            "running": .string(running), "fpsIn": rate(framesIn, before.framesIn),
            "fpsAnalysed": rate(framesAnalysed, before.framesAnalysed),
            "fpsDropped": rate(framesDropped, before.framesDropped),
            "framesDropped": .integer(Int64(framesDropped)), "framesLost": .integer(Int64(framesLost)),
            "framesCorrupt": .integer(Int64(framesCorrupt)), "framesPartial": .integer(Int64(framesPartial)),
            "lastFrameTime": lastFrameAt.map { .string(WallTime(of: $0).rfc3339) } ?? .null,
            "background": Payloads.background(background),
        ]
    }
}

extension LinkStatus {
    fileprivate var json: JSONValue {
        [
            "connected": .bool(isConnected), "since": .string(WallTime(of: since).rfc3339),
            "problem": lastError.map { .string($0) } ?? .null, "inFlight": .integer(Int64(inFlight)),
            "limits": .array(limits.map(JSONValue.string)), "refused": .object(refusals.mapValues(JSONValue.string)),
        ]
    }
}
