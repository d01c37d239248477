package import Base
import FoundationEssentials
import GRDB
package import Logging

/// Events on disk: numbered for ever, kept until the broker has them, then for a while as history.
///
/// Calls of `append` that come while the disk is busy are written together, in one transaction: an SD card sees one
/// write per burst, not one per event.
package actor EventStore: EventOutbox {
    /// Bounds of what waits for the broker and of the history. Times are only believed when the clock could be.
    package struct Limits: Sendable {
        package var unsentCount: Int
        package var unsentBytes: Int
        package var historyCount: Int
        package var age: Duration

        package init(
            unsentCount: Int = 10_000, unsentBytes: Int = 16 << 20, historyCount: Int = 10_000,
            age: Duration = .seconds(14 * 86_400)
        ) {
            self.unsentCount = unsentCount
            self.unsentBytes = unsentBytes
            self.historyCount = historyCount
            self.age = age
        }
    }

    /// Where times come from; tests set the clock.
    package struct Clock: Sendable {
        package var now: @Sendable () -> WallTime
        package var wallTime: @Sendable (MonotonicTime) -> WallTime
        package var quality: @Sendable () -> TimeQuality

        package init(
            now: @escaping @Sendable () -> WallTime, wallTime: @escaping @Sendable (MonotonicTime) -> WallTime,
            quality: @escaping @Sendable () -> TimeQuality
        ) {
            self.now = now
            self.wallTime = wallTime
            self.quality = quality
        }

        package static let system = Clock(
            now: { WallTime.now() }, wallTime: { WallTime(of: $0) }, quality: { TimeQuality.now() })
    }

    /// An event on its way in.
    package struct Draft: Sendable {
        package var event: Event
        /// Below the storage directory.
        package var imagePath: String?

        package init(_ event: Event, imagePath: String? = nil) {
            self.event = event
            self.imagePath = imagePath
        }
    }

    package nonisolated let bootID: String
    private let database: Database
    private let limits: Limits
    private let clock: Clock
    private let logger: Logger

    private var nextTicket = 0
    private var waiting: [(ticket: Int, drafts: [Draft])] = []
    private var done: [Int: Result<[RecordedEvent], StoreError>] = [:]
    private var isWriting = false
    /// Events of this run carry times of a clock that was not set.
    private var hasDoubtfulTimes = false
    private var turns: [CheckedContinuation<Void, Never>] = []

    /// - Parameter bootID: of this start of the program; never used before.
    package init(
        _ database: Database, bootID: String, limits: Limits = Limits(), clock: Clock = .system, logger: Logger
    ) {
        self.database = database
        self.bootID = bootID
        self.limits = limits
        self.clock = clock
        self.logger = logger
    }

    // MARK: In

    /// Returns once the event is on disk.
    @discardableResult
    package func append(_ event: Event, imagePath: String? = nil) async throws(StoreError) -> RecordedEvent {
        guard let recorded = try await append([Draft(event, imagePath: imagePath)]).first else {
            throw .sqlite(code: -1, text: "nothing was recorded", path: database.path)
        }
        return recorded
    }

    /// All of them or none, in this order.
    package func append(_ drafts: [Draft]) async throws(StoreError) -> [RecordedEvent] {
        guard !drafts.isEmpty else { return [] }
        nextTicket += 1
        let ticket = nextTicket
        waiting.append((ticket, drafts))
        await takeTurn()
        defer { passTurn() }
        // Whoever had the turn before may have written this one too.
        if done[ticket] == nil { await writeWaiting() }
        guard let result = done.removeValue(forKey: ticket) else {
            throw .sqlite(code: -1, text: "nothing was recorded", path: database.path)
        }
        return try result.get()
    }

    private func writeWaiting() async {
        let batch = waiting
        waiting = []
        let result = await write(batch.flatMap(\.drafts))
        switch result {
        case .failure(let error): for entry in batch { done[entry.ticket] = .failure(error) }
        case .success(let recorded):
            var rest = recorded[...]
            for entry in batch {
                done[entry.ticket] = .success(Array(rest.prefix(entry.drafts.count)))
                rest = rest.dropFirst(entry.drafts.count)
            }
        }
    }

    private func write(_ drafts: [Draft]) async -> Result<[RecordedEvent], StoreError> {
        let (bootID, limits, quality) = (bootID, limits, clock.quality())
        let stamped = drafts.map { (draft: $0, time: clock.wallTime($0.event.at)) }
        let durability: Database.Durability =
            drafts.allSatisfy { $0.event.phase == .updated } ? .crash : .powerCut
        do throws(StoreError) {
            let recorded = try await database.write(durability) { db in
                let recorded = try stamped.map { draft, time in
                    try db.insert(draft, bootID: bootID, time: time, quality)
                }
                try db.enforce(limits)
                return recorded
            }
            if quality == .unsynchronized { hasDoubtfulTimes = true }
            return .success(recorded)
        } catch {
            return .failure(error)
        }
    }

    private func takeTurn() async {
        guard isWriting else {
            isWriting = true
            return
        }
        await withCheckedContinuation { turns.append($0) }
    }

    private func passTurn() {
        if turns.isEmpty { isWriting = false } else { turns.removeFirst().resume() }
    }

    // MARK: Out

    /// The oldest events that wait for the broker, in order. What was recorded in this run before the clock was set
    /// comes with its time put right.
    package func unsent(limit: Int, after sequence: Int64 = .min) async throws -> [RecordedEvent] {
        try await correctTimes()
        let rows = try await database.read { try $0.unsentRows(limit: limit, after: sequence) }
        let (events, broken) = readable(rows)
        if !broken.isEmpty {
            logger.error("stored events cannot be read and are dropped", metadata: ["count": "\(broken.count)"])
            try await database.write(.crash) { try $0.dropEvents(broken) }
        }
        return events
    }

    /// Once the clock is set, what this run recorded before gets its true time: on disk, so that it outlives the run.
    private func correctTimes() async throws(StoreError) {
        guard hasDoubtfulTimes, clock.quality() == .synchronized else { return }
        let (bootID, wallTime) = (bootID, clock.wallTime)
        hasDoubtfulTimes = false
        do {
            try await database.write(.crash) { try $0.correctTimes(ofBoot: bootID, wallTime) }
        } catch {
            hasDoubtfulTimes = true
            throw error
        }
    }

    package func markSent(_ sequences: [Int64]) async throws {
        try await database.write(.crash) { db in
            let statement = try db.cachedStatement(sql: "UPDATE event SET isSent = 1 WHERE sequence = ?")
            for sequence in sequences { try statement.execute(arguments: [sequence]) }
        }
    }

    /// Events dropped unsent because the outbox was full or they were too old, since the store was made.
    package func droppedCount() async throws(StoreError) -> Int {
        try await database.read { try $0.counter(EventRow.droppedCounter) }
    }

    /// How many events wait, and their size in bytes.
    package func backlog() async throws(StoreError) -> (count: Int, bytes: Int) {
        try await database.read { try $0.backlog() }
    }

    /// The newest events first, sent or not.
    /// - Parameters:
    ///   - sequence: only older ones; nil = from the newest on.
    ///   - processor: only of this one; nil = of all.
    package func recent(
        limit: Int, before sequence: Int64? = nil, of processor: ProcessorName? = nil
    ) async throws(StoreError) -> [RecordedEvent] {
        let rows = try await database.read { db in
            try EventRow.fetchAll(
                db,
                sql: """
                    SELECT * FROM event
                    WHERE sequence < ifnull(?, 9223372036854775807) AND processor = ifnull(?, processor)
                    ORDER BY sequence DESC LIMIT ?
                    """,
                arguments: [sequence, processor?.text, max(0, limit)])
        }
        return readable(rows).events
    }

    /// The last word of each visit that an earlier start of the program began and never ended. Recording its `ended`
    /// takes it off this list.
    package func openVisits(beforeBoot bootID: String) async throws(StoreError) -> [Event] {
        let bodies = try await database.read { db in
            try Data.fetchAll(
                db, sql: "SELECT body FROM openVisit WHERE bootID <> ? ORDER BY sequence", arguments: [bootID])
        }
        return bodies.compactMap { try? JSONDecoder().decode(Event.self, from: $0) }
    }

    /// Drops what is older than the limit: unsent events are counted as dropped. Without a trusted clock nothing is
    /// too old. Returns how many went.
    @discardableResult
    package func prune() async throws(StoreError) -> Int {
        guard clock.quality() == .synchronized else { return 0 }
        try await correctTimes()
        let oldest = clock.now().milliseconds - limits.age.milliseconds
        return try await database.write(.crash) { try $0.dropEvents(before: oldest) }
    }

    private func readable(_ rows: [EventRow]) -> (events: [RecordedEvent], broken: [Int64]) {
        var result: (events: [RecordedEvent], broken: [Int64]) = ([], [])
        for row in rows {
            guard let recorded = row.recorded else {
                result.broken.append(row.sequence)
                continue
            }
            result.events.append(recorded)
        }
        return result
    }
}
