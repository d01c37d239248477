package import Base
package import Logging
import Runtime

/// The box's data streams. Memory holds the newest records; those that are worth it (with faces) go to the disk some at a
/// time, so that an SD card sees one write in half a minute and not one per picture. What a power cut may take is told in
/// docs/api.md.
package actor RecordStore: RecordStreams {
    /// What is kept for readers.
    package struct Bounds: Sendable {
        /// On the disk, of all streams together.
        package var records = 50_000
        package var bytes = 16 << 20
        /// AWS's default.
        package var age = Duration.seconds(24 * 3600)
        /// Records wait so long, or until they have so many bytes, before they are written together.
        package var pause = Duration.seconds(30)
        package var waitingBytes = 128 << 10

        package init() {}
    }

    private let database: Database
    private let bounds: Bounds
    private let clock: EventStore.Clock
    private let now: @Sendable () -> MonotonicTime
    private let logger: Logger

    private static let mostRowsAtOnce = 1000

    private var lines: [StreamName: RecordLine] = [:]
    /// Bytes of what is worth the disk and not on it yet, and since when the oldest of it waits.
    private var waiting = (bytes: 0, since: MonotonicTime?.none)
    private var generation = 0
    /// A disk that refused is not asked again before.
    private var notBefore = MonotonicTime(nanoseconds: .min)
    private let turns = AsyncLock()
    /// Records that were worth the disk and that it did not take.
    package private(set) var lostCount = 0

    /// - Parameter now: of the monotonic clock.
    package init(
        _ database: Database, bounds: Bounds = Bounds(), clock: EventStore.Clock = .system,
        now: @escaping @Sendable () -> MonotonicTime = { .now() }, logger: Logger
    ) {
        self.database = database
        self.bounds = bounds
        self.clock = clock
        self.now = now
        self.logger = logger
        generation = database.generation
    }

    /// Takes up what the disk holds. To be called once, before anything is named.
    package func open() async {
        do throws(StoreError) {
            for row in try await database.read({ try $0.all("SELECT * FROM dataStream", [], StreamRow.init) }) {
                guard let line = row.line(at: clock.now()) else { continue }
                lines[line.arn.name] = line
            }
        } catch {
            logger.error("the data streams of before cannot be read", metadata: ["error": "\(error)"])
        }
    }

    // MARK: In

    /// The streams that processors name from now on. Others stay for their readers until their records are too old.
    package func name(_ streams: [DataStreamARN]) async {
        let wanted = Dictionary(streams.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let time = clock.now()
        var isChanged = false
        for (name, arn) in wanted where lines[name]?.arn != arn || lines[name]?.unnamedSince != nil {
            isChanged = true
            lines[name] = lines[name].map { $0.renamed(arn) } ?? .new(arn, at: time)
        }
        for name in lines.keys where wanted[name] == nil && lines[name]?.unnamedSince == nil {
            isChanged = true
            lines[name]?.unnamedSince = time
        }
        if isChanged { await flush() }
    }

    /// - Parameters:
    ///   - isLasting: worth the disk; others are readable from memory for some minutes.
    ///   - stream: one that no processor names takes nothing.
    package func append(_ data: [UInt8], key: String, isLasting: Bool, to stream: StreamName) async {
        guard let line = lines[stream], line.unnamedSince == nil else { return }
        lostCount += lines[stream]?.append(data, key: key, isLasting: isLasting, at: clock.now()) ?? 0
        if isLasting {
            waiting.bytes += data.count
            if waiting.since == nil { waiting.since = now() }
        }
        await tick()
    }

    /// Writes what has waited for long enough. To be called each second.
    package func tick() async {
        let isLate = waiting.since.map { now() - $0 >= bounds.pause } ?? false
        let needsNumbers = lines.values.contains(where: \.needsNumbers)
        guard now() >= notBefore,
            isLate || needsNumbers || waiting.bytes >= bounds.waitingBytes || generation != database.generation
        else { return }
        await flush()
    }

    /// Writes all that waits, as far as the disk takes it.
    package func flush() async {
        await turns.lock()
        defer { turns.unlock() }
        let current = database.generation
        // The file was begun anew: nothing of what was stored is in it.
        if current != generation { for name in lines.keys { lines[name]?.forgetStored() } }
        let rows = lines.values.map(\.grown)
        let owed = rows.flatMap { line in line.owed.map { (line.arn.name, $0) } }
        waiting = (0, owed.isEmpty ? nil : now())
        let bounds = bounds
        do throws(StoreError) {
            try await database.write(.powerCut) { db in
                for line in rows { try db.keep(line) }
                for (stream, record) in owed { try db.insert(record, of: stream) }
                try db.enforce(bounds)
            }
            waiting.since = waiting.bytes == 0 ? nil : waiting.since
            generation = current
            for line in rows { lines[line.arn.name]?.reserved = line.reserved }
            for (stream, record) in owed { lines[stream]?.stored(through: record.sequence) }
        } catch {
            notBefore = now() + bounds.pause
            // The store says itself what is wrong with it.
            logger.debug("records wait for the disk", metadata: ["error": "\(error)"])
        }
    }

    /// Forgets what is too old, and streams that nobody names and that have nothing left. Without a trusted clock nothing
    /// is too old.
    package func prune() async {
        guard !lines.isEmpty, clock.quality() == .synchronized else { return }
        let oldest = clock.now().milliseconds - bounds.age.milliseconds
        let gone = lines.values.filter { ($0.unnamedSince?.milliseconds ?? .max) < oldest }.map(\.arn.name)
        for stream in gone { lines[stream] = nil }
        do throws(StoreError) {
            try await database.write(.crash) { db in
                try db.execute("DELETE FROM dataRecord WHERE time < ?", [oldest])
                for stream in gone {
                    try db.execute("DELETE FROM dataStream WHERE name = ?", [stream.text])
                    try db.execute("DELETE FROM dataRecord WHERE stream = ?", [stream.text])
                }
            }
        } catch { logger.debug("old records stay for now", metadata: ["error": "\(error)"]) }
    }

    /// Takes the records that hold these bytes out of memory; `forget(_:)` takes them off the disk as well.
    /// - Returns: how many went.
    package func forget(holding bytes: [UInt8]) async -> Int {
        // What is being written would come back.
        await turns.lock()
        defer { turns.unlock() }
        guard !bytes.isEmpty else { return 0 }
        var count = 0
        for name in Array(lines.keys) {
            count += lines[name]?.forget { $0.data.firstRange(of: bytes) != nil } ?? 0
        }
        return count
    }

    /// Erases the records that name somebody, from memory and from the disk.
    /// - Parameter name: as AWS's `ExternalImageId`.
    package func forget(_ name: String) async throws(StoreError) {
        let spelled = Array(JSONValue.object(["ExternalImageId": .string(name)]).jsonBytes.dropFirst().dropLast())
        _ = await forget(holding: spelled)
        try await database.write(.powerCut) { db in
            // What is deleted is overwritten.
            try db.script("PRAGMA secure_delete = ON")
            try db.execute("DELETE FROM dataRecord WHERE instr(data, ?) > 0", [spelled])
        }
    }

    // MARK: Out

    package func streams() async -> [RecordStream] {
        lines.values.map(\.description).sorted { $0.arn.name < $1.arn.name }
    }

    package func page(
        of stream: StreamName, from sequence: Int64, limit: Int, bytes: Int
    ) async throws(RecordStreamError) -> RecordPage? {
        guard let line = lines[stream] else { return nil }
        var page = PageInMaking(limit: limit, bytes: bytes)
        if sequence < line.firstInMemory {
            let most = min(limit, Self.mostRowsAtOnce)
            let rows = try await stored(stream, sequence..<line.firstInMemory, most)
            for record in rows { page.add(record) }
            // There may be more of them before what lies in memory.
            page.isPart = rows.count == most
        }
        for held in line.records(from: sequence) where !page.isFull { page.add(held.record) }
        guard let last = page.records.last else { return RecordPage(records: [], next: line.next, behind: .zero) }
        let isBehind = page.isFull && (line.recent.last.map { last.sequence < $0.record.sequence } ?? true)
        let age = clock.now().milliseconds - last.arrivedAt.milliseconds
        return RecordPage(
            records: page.records, next: last.sequence + 1, behind: isBehind ? .milliseconds(max(1, age)) : .zero)
    }

    package func firstSequence(
        of stream: StreamName, arrivedFrom time: WallTime
    ) async throws(RecordStreamError) -> Int64? {
        guard let line = lines[stream] else { return nil }
        let inMemory = line.recent.first { $0.record.arrivedAt.milliseconds >= time.milliseconds }?.record.sequence
        do throws(StoreError) {
            let onDisk = try await database.read { db in
                // Null when there is none.
                try db.value(
                    "SELECT min(sequence) FROM dataRecord WHERE stream = ? AND time >= ?",
                    [stream.text, time.milliseconds]) as Int64?? ?? nil
            }
            return min(onDisk ?? line.next, inMemory ?? line.next)
        } catch { throw RecordStreamError("\(error)") }
    }

    private func stored(
        _ stream: StreamName, _ range: Range<Int64>, _ limit: Int
    ) async throws(RecordStreamError) -> [StreamRecord] {
        do throws(StoreError) {
            return try await database.read { db in try db.records(of: stream, in: range, limit: limit) }
        } catch { throw RecordStreamError("\(error)") }
    }
}

/// A page while it grows.
private struct PageInMaking {
    let limit: Int
    let bytes: Int
    private(set) var records: [StreamRecord] = []
    /// Something did not fit.
    private var leftOut = false
    /// Something may come between these and what lies in memory.
    var isPart = false
    private var taken = 0

    init(limit: Int, bytes: Int) {
        self.limit = limit
        self.bytes = bytes
    }

    var isFull: Bool { leftOut || isPart || records.count >= limit }

    mutating func add(_ record: StreamRecord) {
        let isFirst = records.isEmpty
        guard !isFull, isFirst || taken + record.data.count <= bytes else {
            leftOut = true
            return
        }
        taken += record.data.count
        records.append(record)
    }
}
