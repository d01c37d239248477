import GRDB
import Glibc
package import Logging
import Runtime

/// The one SQLite file of the box: stream processors and events.
///
/// The power-cut rule: WAL with `synchronous = FULL` for everything that is acknowledged (a commit is on the medium
/// before the caller hears of it); with `NORMAL` for what may be lost without harm (updates of visits, send marks),
/// which spares SD cards an fsync. Neither can damage the file (SQLite, "Write-Ahead Logging", and
/// `PRAGMA synchronous`).
package final class Database: Sendable {
    /// How much a commit must survive.
    enum Durability { case powerCut, crash }

    package let path: String
    /// Where a damaged file was put at this start; nil when the file was sound or new.
    package let movedAside: String?
    private let pool: DatabasePool
    private let condition: StoreCondition
    /// Enough for the events of some minutes, so that "there is room again" stays true for a while.
    private static let probeBytes = 128 << 10

    private init(path: String, pool: DatabasePool, movedAside: String?, logger: Logger) {
        self.path = path
        self.pool = pool
        self.movedAside = movedAside
        condition = StoreCondition(logger: logger)
    }

    /// Why it cannot be written, from the first write that failed to the first probe that did not; nil when all is well.
    package var trouble: StoreError? { condition.trouble }

    /// Opens `<directory>/porchlight.sqlite`, makes it when there is none, and moves a damaged one aside.
    /// - Throws: `tooNew`, and `system`, `sqlite` or `full` when the disk refuses.
    package static func opening(in directory: String, logger: Logger) throws(StoreError) -> Database {
        let path = directory + "/porchlight.sqlite"
        do {
            try makePrivateFile(directory, path)
            return Database(path: path, pool: try soundPool(path), movedAside: nil, logger: logger)
        } catch StoreError.damaged(_, let reason) {
            return try beginAnew(directory, path, reason, logger)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    private static func beginAnew(
        _ directory: String, _ path: String, _ reason: String, _ logger: Logger
    ) throws(StoreError) -> Database {
        do {
            let aside = try DamagedFiles.moveAside(path, in: directory)
            logger.error(
                "the store was damaged and begun anew: stream processors and unsent events are lost",
                metadata: ["damaged": "\(aside)", "reason": "\(reason)"])
            try makePrivateFile(directory, path)
            return Database(path: path, pool: try soundPool(path), movedAside: aside, logger: logger)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// SQLite gives its other files the mode of this one.
    private static func makePrivateFile(_ directory: String, _ path: String) throws(SystemError) {
        try StorageFolder.make(directory)
        _ = try OwnedFileDescriptor.opening(path, O_RDWR | O_CREAT, mode: 0o600)
    }

    private static func soundPool(_ path: String) throws(StoreError) -> DatabasePool {
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            let verdict = try pool.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") ?? "" }
            guard verdict == "ok" else { throw StoreError.damaged(path: path, reason: verdict) }
            let migrator = Migrations.migrator
            guard try !pool.read(migrator.hasBeenSuperseded) else { throw StoreError.tooNew(path: path) }
            try migrator.migrate(pool)
            return pool
        } catch {
            throw StoreError(error, path: path)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "store"
        configuration.maximumReaderCount = 2
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // The WAL file shrinks after a burst; 4 MiB.
            try db.execute(sql: "PRAGMA journal_size_limit = 4194304")
            // KiB; the board has little memory.
            try db.execute(sql: "PRAGMA cache_size = -1024")
        }
        return configuration
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> R) async throws(StoreError) -> R {
        do { return try await pool.read(body) } catch { throw StoreError(error, path: path) }
    }

    /// One transaction: all of `body` or nothing. It runs to its end even when the caller is cancelled: else a client
    /// that hangs up could leave memory and disk apart, or take the events of others with it.
    func write<R: Sendable>(
        _ durability: Durability, _ body: @escaping @Sendable (GRDB.Database) throws -> R
    ) async throws(StoreError) -> R {
        do {
            return try await Task { [pool] in try await Self.write(pool, durability, body) }.value
        } catch {
            let error = StoreError(error, path: path)
            condition.failed(error)
            throw error
        }
    }

    /// While the store cannot be written: tries whether it can be again. To be called each second.
    package func probe() async {
        guard trouble != nil else { return }
        do throws(StoreError) {
            let bytes = Self.probeBytes
            // Only with the commit the room is really taken.
            try await write(.crash) {
                try $0.execute(sql: "INSERT OR REPLACE INTO probe VALUES (1, zeroblob(\(bytes)))")
            }
            try await write(.crash) { try $0.execute(sql: "DELETE FROM probe") }
            condition.recovered()
        } catch {
            // Nothing has changed.
        }
    }

    private static func write<R: Sendable>(
        _ pool: DatabasePool, _ durability: Durability, _ body: @escaping @Sendable (GRDB.Database) throws -> R
    ) async throws -> R {
        try await pool.writeWithoutTransaction { db in
            // Cannot be changed inside a transaction.
            try db.execute(sql: "PRAGMA synchronous = \(durability == .powerCut ? "FULL" : "NORMAL")")
            var result: R?
            try db.inTransaction(.immediate) {
                result = try body(db)
                return .commit
            }
            guard let result else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
            return result
        }
    }

    /// Bytes of the file and its companions now.
    package var byteCount: Int {
        DamagedFiles.parts(of: path).reduce(0) { sum, part in
            var facts = stat()
            return unsafe lstat(part, &facts) == 0 ? sum + Int(facts.st_size) : sum
        }
    }

    /// - Throws: `full` once the file has `pages` pages of 4096 bytes. SQLite forgets the limit with the connection.
    package func limit(toPages pages: Int) async throws(StoreError) {
        do {
            try await pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Takes the WAL into the file and closes.
    package func close() throws(StoreError) {
        do { try pool.close() } catch { throw StoreError(error, path: path) }
    }
}
