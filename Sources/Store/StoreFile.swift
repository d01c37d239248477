import Base
import GRDB
import Glibc
import Runtime

/// The SQLite file on its way to a connection: made, checked, migrated; laid aside when it is damaged; read into memory when
/// nothing can be written. All of it blocks.
struct StoreFile: Sendable {
    let directory: String
    let schema: Schema
    var path: String { StorageLayout(directory: directory).path(of: schema.entry) }

    /// Makes the file if there is none, checks it, and brings it to the newest schema.
    func open() throws(StoreError) -> DatabasePool {
        do {
            try makePrivate()
            takeSmallPages()
            let pool = try DatabasePool(path: path, configuration: configuration)
            let verdict = try pool.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") ?? "" }
            guard verdict == "ok" else { throw StoreError.damaged(path: path, reason: verdict) }
            let migrator = schema.migrator()
            guard try !pool.read(migrator.hasBeenSuperseded) else { throw StoreError.tooNew(path: path) }
            try migrator.migrate(pool)
            return pool
        } catch {
            throw storeError(error)
        }
    }

    /// A new file in the place of a damaged one.
    /// - Returns: also where the damaged one lies now.
    func beginAnew() throws(StoreError) -> (pool: DatabasePool, aside: String) {
        do {
            let aside = try DamagedFiles.moveAside(path, in: directory)
            return (try open(), aside)
        } catch {
            throw storeError(error)
        }
    }

    /// - Parameter pool: of a file that has just been made, or that was made before; the second is left as it is.
    func carry(_ carryover: Carryover, into pool: DatabasePool) throws(StoreError) {
        guard schema.carriesOver else { return }
        do { try pool.write(carryover.apply) } catch { throw storeError(error) }
    }

    /// What the file holds, read into memory, for as long as the disk takes no writes: SQLite cannot even open a file with a
    /// write-ahead log then, since it wants to make files beside it. Empty when there is no file or it is damaged.
    /// - Throws: why the file cannot be read.
    func copyInMemory() throws(StoreError) -> DatabaseQueue {
        var failure: StoreError?
        for source in sources() {
            do throws(StoreError) { return try copy(of: source) } catch {
                if case .damaged = error { return try copy(of: nil) }
                if case .tooNew = error { throw error }
                failure = error
            }
        }
        if let failure { throw failure }
        return try copy(of: nil)
    }

    /// The ways to read the file without a write, the best first; none when there is nothing in it.
    private func sources() -> [(path: String, configuration: Configuration)] {
        guard bytes(of: path) > 0 else { return [] }
        var (readOnly, alone) = (configuration, Configuration())
        readOnly.readonly = true
        var sources = [(path, readOnly)]
        // Right only when nothing stands in the log: after a clean end.
        if bytes(of: path + "-wal") == 0 { sources.append((uri + "?immutable=1", readOnly)) }
        // The index of the log stays in memory then, not in a file.
        alone.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
        sources.append((path, alone))
        return sources
    }

    private func copy(of source: (path: String, configuration: Configuration)?) throws(StoreError) -> DatabaseQueue {
        do {
            let memory = try DatabaseQueue(configuration: configuration)
            let migrator = schema.migrator()
            if let source {
                let file = try DatabaseQueue(path: source.path, configuration: source.configuration)
                try file.backup(to: memory)
                try file.close()
                let verdict = try memory.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") ?? "" }
                guard verdict == "ok" else { throw StoreError.damaged(path: path, reason: verdict) }
                guard try !memory.read(migrator.hasBeenSuperseded) else { throw StoreError.tooNew(path: path) }
            }
            try migrator.migrate(memory)
            return memory
        } catch {
            throw storeError(error)
        }
    }

    /// What went wrong: a disk that is full or cannot be written shows in many ways.
    func storeError(_ error: any Error) -> StoreError {
        let error = StoreError(error, path: path)
        switch error {
        case .system, .sqlite: return diskTrouble ?? error
        case .full, .readOnly, .damaged, .tooNew, .inUse: return error
        }
    }

    /// SQLite needs so much beside the file to open it.
    private static let leastBytes: UInt = 64 << 10

    private var diskTrouble: StoreError? {
        var facts = statvfs()
        guard unsafe statvfs(directory, &facts) == 0 else { return nil }
        if facts.f_flag & UInt(ST_RDONLY) != 0 { return .readOnly(path: path) }
        let (free, isPlenty) = facts.f_bavail.multipliedReportingOverflow(by: facts.f_frsize)
        return isPlenty || free >= Self.leastBytes ? nil : .full(path: path)
    }

    /// SQLite gives its other files the mode of this one.
    private func makePrivate() throws(SystemError) {
        try StorageFolder.make(directory)
        _ = try OwnedFileDescriptor.opening(path, O_RDWR | O_CREAT, mode: 0o600)
    }

    var isThere: Bool { bytes(of: path) > 0 }

    private func bytes(of path: String) -> Int {
        var facts = stat()
        return unsafe lstat(path, &facts) == 0 ? Int(facts.st_size) : 0
    }

    /// RFC 3986, as SQLite reads it.
    private var uri: String { "file:" + PercentEncoding.encoded(path.utf8, keeping: "/") }

    private static let logBytes = 4 << 20

    /// A file that an earlier version made has larger pages: it is written anew, once. What goes wrong here shows when the
    /// file is opened, or does no harm.
    private func takeSmallPages() {
        guard let header = try? OwnedFileDescriptor.opening(path, O_RDONLY).read(atMost: 18), header.count == 18,
            Int(header[16]) << 8 | Int(header[17]) > schema.pageBytes,
            let file = try? DatabaseQueue(path: path)
        else { return }
        try? file.writeWithoutTransaction { [schema] db in
            // With a write-ahead log pages cannot be changed. Until VACUUM has ended the old content counts.
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
            try db.execute(sql: "PRAGMA page_size = \(schema.pageBytes)")
            try db.execute(sql: "VACUUM")
        }
        try? file.close()
    }

    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = schema.label
        configuration.maximumReaderCount = 2
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { [schema] db in
            // Of a file that is new; others keep theirs.
            try db.execute(sql: "PRAGMA page_size = \(schema.pageBytes)")
            // Once 4 MiB of log have come together it goes into the file.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.logBytes / schema.pageBytes)")
            try schema.prepare(db)
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // The WAL file shrinks after a burst.
            try db.execute(sql: "PRAGMA journal_size_limit = \(Self.logBytes)")
            // KiB; the board has little memory, and what readers are asked for once is seldom asked for again.
            try db.execute(sql: "PRAGMA cache_size = \(db.configuration.readonly ? -256 : -1024)")
        }
        return configuration
    }
}
