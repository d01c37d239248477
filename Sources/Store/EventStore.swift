package import Base
import FoundationEssentials
package import Logging
import Runtime

/// Events on disk: numbered for ever, kept until the broker has them, then for a while as history.
///
/// Calls of `append` that come while the disk is busy are written together, in one transaction: an SD card sees one
/// write per burst, not one per event.
package actor EventStore {
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
    let database: Database
    let endedSessions: EndedSessions?
    private let journal: UpdateJournal?
    /// What the run before this one had not written; nil once it is in the file.
    private var inherited: UpdateJournal.Inheritance?
    private let limits: Limits
    let clock: Clock
    let logger: Logger

    private var nextTicket = 0
    private var waiting: [(ticket: Int, drafts: [Draft])] = []
    private var done: [Int: Result<[RecordedEvent], StoreError>] = [:]
    /// Events of this run carry times of a clock that was not set.
    var hasDoubtfulTimes = false
    /// The last words of visits that could not be stored, by visit: once there is room, open visits are remembered and
    /// ended ones forgotten, so that the next start ends the right ones.
    private var owed: [String: Event] = [:]
    /// The last words of visits that have not ended, by visit, for a file that is begun anew.
    private var open: [String: Event] = [:]
    private var generation = 0
    /// Why the program has to end: nothing will ever be stored, and only a person can change that.
    package private(set) var fatalError: StoreError?
    /// Events that the store could not keep since the start of the program. They were told all the same.
    package private(set) var notStoredCount = 0
    /// What is not in the file yet.
    var delayed = DelayedWrites()
    private let turns = AsyncLock()

    /// - Parameters:
    ///   - bootID: of this start of the program; never used before.
    ///   - endedSessions: remembers the ends of sessions that cannot be marked.
    ///   - journal: keeps what is not in the file yet over a kill; nil: a kill takes it.
    package init(
        _ database: Database, bootID: String, limits: Limits = Limits(), clock: Clock = .system,
        endedSessions: EndedSessions? = nil, journal: UpdateJournal? = nil, logger: Logger
    ) {
        self.journal = journal
        inherited = journal?.inherited ?? UpdateJournal.Inheritance()
        self.endedSessions = endedSessions
        self.database = database
        self.bootID = bootID
        self.limits = limits
        self.clock = clock
        self.logger = logger
    }

    // MARK: In

    /// Keeps events, whatever the disk says: what cannot be stored comes back without a number and is counted.
    package func record(_ drafts: [Draft]) async -> [RecordedEvent] {
        do throws(StoreError) { return try await append(drafts) } catch {
            notStoredCount += drafts.count
            if error.recovery == .fatal { fatalError = error }
            for draft in drafts where owed.count < SQLiteConnection.mostOpenVisits || owed[draft.event.id] != nil {
                owed[draft.event.id] = draft.event
            }
            let quality = clock.quality()
            return drafts.map { draft in
                RecordedEvent(
                    sequence: nil, bootID: bootID, time: clock.wallTime(draft.event.at), timeQuality: quality,
                    event: draft.event, imagePath: draft.imagePath)
            }
        }
    }

    /// While the store cannot be written: tries whether it can be again, and catches up. Writes what has waited long enough.
    /// To be called each second.
    package func recover(at now: MonotonicTime = .now()) async {
        await database.probe()
        let generation = database.generation
        if generation != self.generation {
            self.generation = generation
            owed.merge(open) { own, _ in own }
        }
        let hasInherited = inherited?.events.isEmpty == false
        guard !owed.isEmpty || hasInherited || delayed.isDue(at: now), database.trouble == nil else { return }
        _ = await flush()
    }

    /// Writes what has waited for the next write: the program ends, or somebody reads the file.
    /// - Returns: false when it is still not there.
    @discardableResult
    package func flush() async -> Bool {
        guard !delayed.isEmpty || !owed.isEmpty || inherited?.events.isEmpty == false else { return true }
        await turns.lock()
        defer { turns.unlock() }
        if case .success = await write([]) { return true }
        return false
    }

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
        noteOpen(drafts)
        nextTicket += 1
        let ticket = nextTicket
        waiting.append((ticket, drafts))
        await turns.lock()
        defer { turns.unlock() }
        // Whoever had the turn before may have written this one too.
        if done[ticket] == nil { await writeWaiting() }
        guard let result = done.removeValue(forKey: ticket) else {
            throw .sqlite(code: -1, text: "nothing was recorded", path: database.path)
        }
        return try result.get()
    }

    private func noteOpen(_ drafts: [Draft]) {
        for event in drafts.map(\.event) {
            switch event.phase {
            case .started, .updated:
                if open.count < SQLiteConnection.mostOpenVisits || open[event.id] != nil { open[event.id] = event }
            case .ended: open[event.id] = nil
            }
        }
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
        let areUpdates = drafts.allSatisfy { $0.event.phase == .updated }
        if areUpdates, let recorded = delay(stamped, quality) {
            // Without a journal's line a kill would take them: then they are written at once.
            if let journal, await !journal.add(recorded) { _ = await write([]) }
            return .success(recorded)
        }
        let waiting = delayed.batch
        let durability: Database.Durability = areUpdates && owed.isEmpty ? .crash : .powerCut
        let (lastWords, inherited) = (owed, inherited)
        do throws(StoreError) {
            let (recorded, unsent) = try await database.write(durability) { db in
                if let inherited {
                    try db.insert(inherited.events, bootID: bootID)
                    if !inherited.isWhole { try db.leaveOutNumbers(bootID: bootID) }
                }
                try db.insert(waiting, bootID: bootID)
                try db.catchUp(Array(lastWords.values), bootID: bootID)
                let recorded = try stamped.map { draft, time in
                    try db.insert(draft, bootID: bootID, time: time, quality)
                }
                try db.enforce(limits)
                return (recorded, try db.backlog())
            }
            self.inherited = nil
            delayed.written(waiting, at: .now())
            if inherited != nil || !waiting.events.isEmpty {
                await journal?.replace(with: delayed.batch.events.map(\.recorded))
            }
            delayed.wrote(recorded.last?.sequence, unsent: unsent)
            if quality == .unsynchronized { hasDoubtfulTimes = true }
            for (visit, event) in lastWords where owed[visit] == event { owed[visit] = nil }
            return .success(recorded)
        } catch {
            return .failure(error)
        }
    }

    /// Better pictures of visits need not be in the file at once.
    /// - Returns: nil when they have to be.
    private func delay(
        _ updates: [(draft: Draft, time: WallTime)], _ quality: TimeQuality
    ) -> [RecordedEvent]? {
        guard !updates.isEmpty, owed.isEmpty, database.trouble == nil else { return nil }
        let recorded = updates.map { draft, time in
            RecordedEvent(
                sequence: nil, bootID: bootID, time: time, timeQuality: quality, event: draft.event,
                imagePath: draft.imagePath)
        }
        guard let numbered = delayed.add(recorded, within: limits, at: .now()) else { return nil }
        if quality == .unsynchronized { hasDoubtfulTimes = true }
        return numbered
    }

    // MARK: History

    /// The newest events first, sent or not.
    /// - Parameters:
    ///   - sequence: only older ones; nil = from the newest on.
    ///   - processor: only of this one; nil = of all.
    package func recent(
        limit: Int, before sequence: Int64? = nil, of processor: ProcessorName? = nil
    ) async throws(StoreError) -> [RecordedEvent] {
        await flush()
        let rows = try await database.read { db in
            try db.all(
                """
                SELECT * FROM event
                WHERE sequence < ifnull(?, 9223372036854775807) AND processor = ifnull(?, processor)
                ORDER BY sequence DESC LIMIT ?
                """,
                [sequence, processor?.text, max(0, limit)], EventRow.init)
        }
        return readable(rows).events
    }

    /// The last word of each visit that an earlier start of the program began and never ended. Recording its `ended`
    /// takes it off this list.
    package func openVisits(beforeBoot bootID: String) async throws(StoreError) -> [Event] {
        let bodies = try await database.read { db in
            try db.all("SELECT body FROM openVisit WHERE bootID <> ? ORDER BY sequence", [bootID]) { row in
                try row[0] as Data
            }
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
        return try await database.write(.crash) { db in
            try db.dropNotifications(before: oldest)
            return try db.dropEvents(before: oldest)
        }
    }

    /// Rows that cannot be read come apart.
    func readable(_ rows: [EventRow]) -> (events: [RecordedEvent], broken: [Int64]) {
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
