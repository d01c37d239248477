package import Base
import Dispatch
package import Logging
import Runtime
import Synchronization

/// A SQLite file of the box: what stands in it says its `Schema`.
///
/// The power-cut rule: WAL with `synchronous = FULL` for everything that is acknowledged (a commit is on the medium
/// before the caller hears of it); with `NORMAL` for what may be lost without harm (updates of visits, send marks),
/// which spares SD cards an fsync. Neither can damage the file (SQLite, "Write-Ahead Logging", and
/// `PRAGMA synchronous`).
///
/// A disk that is full or cannot be written at the start is no reason not to start: what the file holds is read into memory,
/// and the file is opened once that is possible. A file that turns out to be damaged is laid aside and begun anew, at the
/// start and while the program runs.
package final class Database: Sendable {
    /// How much a commit must survive.
    enum Durability { case powerCut, crash }

    private enum Access: Sendable {
        case open(SQLitePool)
        /// Nothing can be written: what the file held at the start.
        case copy(SQLiteQueue)

        func read<R: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> R) async throws -> R {
            switch self {
            case .open(let pool): try await pool.read(body)
            case .copy(let queue): try await queue.run { db in try db.transaction(.reading) { try body(db) } }
            }
        }

        /// Blocks until the work before is done.
        func close() {
            switch self {
            case .open(let pool): pool.close()
            case .copy(let queue): queue.close()
            }
        }

        func isSame(as other: Access) -> Bool {
            switch (self, other) {
            case (.open(let pool), .open(let other)): pool === other
            case (.copy(let queue), .copy(let other)): queue === other
            case (.open, .copy), (.copy, .open): false
            }
        }
    }

    private struct State: Sendable {
        var access: Access
        var carryover = Carryover()
        var movedAside: String?
        var renewals = 0
        var generation = 0
        var renewedAt: MonotonicTime?
    }

    private let file: StoreFile
    private let state: Mutex<State>
    private let condition: StoreCondition
    /// For changes of the connection, one after the other.
    private let turns = AsyncLock()
    /// Opening and closing block.
    private let disk = DispatchQueue(label: "store")
    private let now: @Sendable () -> MonotonicTime
    private let logger: Logger
    /// Enough for the events of some minutes, so that "there is room again" stays true for a while.
    private static let probeBytes = 128 << 10
    /// A disk that damages every new file is not given one after the other.
    private static let renewalPause = Duration.seconds(60)

    private init(
        _ file: StoreFile, _ access: Access, movedAside: String? = nil, _ now: @escaping @Sendable () -> MonotonicTime,
        _ logger: Logger
    ) {
        self.file = file
        self.now = now
        state = Mutex(State(access: access, movedAside: movedAside, renewals: movedAside == nil ? 0 : 1))
        condition = StoreCondition(logger: logger)
        self.logger = logger
    }

    package var path: String { file.path }

    /// Why it cannot be written, from the first write that failed to the first probe that did not; nil when all is well.
    package var trouble: StoreError? { condition.trouble }

    /// Where a damaged file was put last; nil when the file has been sound since the start, or is new.
    package var movedAside: String? { state.withLock(\.movedAside) }

    /// How often a damaged file was laid aside since the start of the program.
    package var renewals: Int { state.withLock(\.renewals) }

    /// Changes when what was kept may be missing in the file: it was begun anew, or opened late.
    package var generation: Int { state.withLock(\.generation) }

    /// Opens `<directory>/porchlight.sqlite`, makes it when there is none, and moves a damaged one aside. When the disk is
    /// full or cannot be written, `trouble` says so from the beginning.
    /// - Throws: `tooNew`, and `system` or `sqlite` when the file cannot even be read.
    package static func opening(
        in directory: String, now: @escaping @Sendable () -> MonotonicTime = { .now() }, logger: Logger
    ) throws(StoreError) -> Database {
        try opening(StoreFile(directory: directory, schema: .events), now: now, orItsCopy: logger)
    }

    /// The same for any of the files.
    static func opening(
        _ file: StoreFile, now: @escaping @Sendable () -> MonotonicTime = { .now() }, orItsCopy logger: Logger
    ) throws(StoreError) -> Database {
        do throws(StoreError) {
            return try opening(file, now, logger)
        } catch {
            guard error.isForLackOfRoom else { throw error }
            let database = Database(file, .copy(try file.copyInMemory()), now, logger)
            database.condition.failed(error)
            return database
        }
    }

    private static func opening(
        _ file: StoreFile, _ now: @escaping @Sendable () -> MonotonicTime, _ logger: Logger
    ) throws(StoreError) -> Database {
        do throws(StoreError) {
            let pool = try file.open()
            let database = Database(file, .open(pool), now, logger)
            try database.noteCarryover(pool)
            return database
        } catch {
            guard case .damaged(_, let reason) = error else { throw error }
            let (pool, aside) = try file.beginAnew()
            logDamage(file, aside, reason, logger)
            return Database(file, .open(pool), movedAside: aside, now, logger)
        }
    }

    private static func logDamage(_ file: StoreFile, _ aside: String, _ reason: String, _ logger: Logger) {
        logger.error(
            "the store was damaged and begun anew: \(file.schema.whatIsLost)",
            metadata: ["damaged": "\(aside)", "reason": "\(reason)"])
    }

    private func noteCarryover(_ pool: SQLitePool) throws(StoreError) {
        guard file.schema.carriesOver else { return }
        do {
            let carryover = try pool.readNow { try Carryover($0) }
            state.withLock { $0.carryover = carryover }
        } catch {
            throw file.storeError(error)
        }
    }

    private var access: Access { state.withLock(\.access) }

    // MARK: - Reading and writing

    func read<R: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> R) async throws(StoreError) -> R {
        try await sound { access in try await access.read(body) }
    }

    /// One transaction: all of `body` or nothing. It runs to its end even when the caller is cancelled: else a client
    /// that hangs up could leave memory and disk apart, or take the events of others with it.
    func write<R: Sendable>(
        _ durability: Durability, _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws(StoreError) -> R {
        do throws(StoreError) {
            return try await sound { [self] access in
                guard case .open(let pool) = access else { throw trouble ?? .full(path: path) }
                let (result, carryover) = try await Task { [carriesOver = file.schema.carriesOver] in
                    try await Self.write(pool, durability, carriesOver: carriesOver, body)
                }.value
                state.withLock { if $0.access.isSame(as: access) { $0.carryover = carryover } }
                return result
            }
        } catch {
            condition.failed(error)
            throw error
        }
    }

    private static func write<R: Sendable>(
        _ pool: SQLitePool, _ durability: Durability, carriesOver: Bool,
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws -> (R, Carryover) {
        try await pool.write { db in
            // Cannot be changed inside a transaction.
            try db.script("PRAGMA synchronous = \(durability == .powerCut ? "FULL" : "NORMAL")")
            return try db.transaction(.writing) {
                (try body(db), carriesOver ? try Carryover(db) : Carryover())
            }
        }
    }

    /// Does the work, and once more on a new file when this one turns out to be damaged.
    private func sound<R: Sendable>(
        _ work: @Sendable (Access) async throws -> R
    ) async throws(StoreError) -> R {
        let first = access
        do {
            return try await work(first)
        } catch {
            let error = file.storeError(error)
            guard case .damaged(_, let reason) = error, await renew(first, reason) else { throw error }
        }
        do { return try await work(access) } catch { throw file.storeError(error) }
    }

    // MARK: - Another file

    /// Lays the file aside and begins a new one.
    /// - Parameter damaged: the connection that found the damage.
    /// - Returns: false when there is no new file: it was begun anew a moment ago, or the disk refuses.
    private func renew(_ damaged: Access, _ reason: String) async -> Bool {
        await turns.lock()
        defer { turns.unlock() }
        let now = now()
        let (current, carryover, renewedAt) = state.withLock { ($0.access, $0.carryover, $0.renewedAt) }
        // Somebody else has found it, too.
        guard current.isSame(as: damaged) else { return true }
        if let renewedAt, now - renewedAt < Self.renewalPause { return false }
        let outcome = await onDisk { [file] () throws(StoreError) in
            // Whatever is still open goes on with the file that is laid aside.
            damaged.close()
            let (pool, aside) = try file.beginAnew()
            try file.carry(carryover, into: pool)
            return (pool, aside)
        }
        switch outcome {
        case .success(let (pool, aside)):
            state.withLock { $0.renewedAt = now }
            use(pool, aside: aside, reason)
            return true
        case .failure(let error):
            condition.failed(error)
            // Nobody can use the damaged one any more.
            if let copy = try? await onDisk({ [file] () throws(StoreError) in try file.copyInMemory() }).get() {
                state.withLock { $0.access = .copy(copy) }
            }
            return false
        }
    }

    /// - Parameter aside: where the damaged file lies now; nil when it was sound.
    private func use(_ pool: SQLitePool, aside: String?, _ reason: String) {
        state.withLock { state in
            state.access = .open(pool)
            state.generation += 1
            guard let aside else { return }
            state.movedAside = aside
            state.renewals += 1
        }
        if let aside { Self.logDamage(file, aside, reason, logger) }
    }

    /// The disk can be written, perhaps: opens the file in the place of its copy.
    private func reopen() async throws(StoreError) {
        await turns.lock()
        defer { turns.unlock() }
        guard case .copy = access else { return }
        let carryover = state.withLock(\.carryover)
        let outcome = await onDisk { [file] () throws(StoreError) in
            var opened: (pool: SQLitePool, aside: String?)
            do throws(StoreError) { opened = (try file.open(), nil) } catch {
                guard case .damaged = error else { throw error }
                opened = try file.beginAnew()
            }
            try file.carry(carryover, into: opened.pool)
            return opened
        }
        let (pool, aside) = try outcome.get()
        use(pool, aside: aside, "it could not be laid aside before")
        try await onDisk { [self] () throws(StoreError) in try noteCarryover(pool) }.get()
    }

    private func onDisk<R: Sendable>(
        _ work: @escaping @Sendable () throws(StoreError) -> R
    ) async -> Result<R, StoreError> {
        await withCheckedContinuation { done in
            disk.async {
                do throws(StoreError) { done.resume(returning: .success(try work())) } catch {
                    done.resume(returning: .failure(error))
                }
            }
        }
    }

    /// While the store cannot be written: tries whether it can be again. To be called each second.
    package func probe() async {
        guard trouble != nil else { return }
        do throws(StoreError) {
            try await reopen()
            let bytes = Self.probeBytes
            // Only with the commit the room is really taken.
            try await write(.crash) {
                try $0.execute("INSERT OR REPLACE INTO probe VALUES (1, zeroblob(\(bytes)))")
            }
            try await write(.crash) { try $0.execute("DELETE FROM probe") }
            condition.recovered()
        } catch {
            // Said when it began; what is wrong may have changed.
            condition.failed(error)
        }
    }

    // MARK: - Size and end

    /// Takes the log into the file and leaves nothing in it, so that what was deleted is gone from there as well; removes
    /// damaged files that were laid aside, which hold it still.
    func wipeTraces() async throws(StoreError) {
        do {
            guard case .open(let pool) = access else { throw trouble ?? .full(path: path) }
            try await pool.write { try $0.emptyLog() }
            DamagedFiles.remove(path, in: file.directory)
        } catch {
            throw file.storeError(error)
        }
    }

    /// - Throws: `full` once the file has `pages` pages. SQLite forgets the limit with the connection.
    package func limit(toPages pages: Int) async throws(StoreError) {
        do {
            guard case .open(let pool) = access else { return }
            try await pool.write { try $0.script("PRAGMA max_page_count = \(pages)") }
        } catch {
            throw file.storeError(error)
        }
    }

    /// Waits for what is being done, takes the WAL into the file and closes; what comes later is refused. Blocks.
    package func close() { access.close() }
}
