import Base
import Glibc
import Runtime

/// The SQLite file on its way to a connection: made, checked, migrated; laid aside when it is damaged; read into memory when
/// nothing can be written. All of it blocks.
struct StoreFile: Sendable {
    let directory: String
    let schema: Schema
    var path: String { StorageLayout(directory: directory).path(of: schema.entry) }

    /// Makes the file if there is none, checks it, and brings it to the newest schema.
    func open() throws(StoreError) -> SQLitePool {
        do {
            try makePrivate()
            takeSmallPages()
            let pool = try SQLitePool(path: path, setup)
            try pool.readNow(check)
            try pool.writeNow(schema.migrator.migrate)
            return pool
        } catch {
            throw storeError(error)
        }
    }

    /// - Throws: `damaged` and `tooNew`.
    private func check(_ db: SQLiteConnection) throws {
        let verdict = try db.value("PRAGMA quick_check(1)") ?? ""
        guard verdict == "ok" else { throw StoreError.damaged(path: path, reason: verdict) }
        guard try !schema.migrator.hasBeenSuperseded(db) else { throw StoreError.tooNew(path: path) }
    }

    /// A new file in the place of a damaged one.
    /// - Returns: also where the damaged one lies now.
    func beginAnew() throws(StoreError) -> (pool: SQLitePool, aside: String) {
        do {
            let aside = try DamagedFiles.moveAside(path, in: directory)
            return (try open(), aside)
        } catch {
            throw storeError(error)
        }
    }

    /// - Parameter pool: of a file that has just been made, or that was made before; the second is left as it is.
    func carry(_ carryover: Carryover, into pool: SQLitePool) throws(StoreError) {
        guard schema.carriesOver else { return }
        do {
            try pool.writeNow { db in try db.transaction(.writing) { try carryover.apply(to: db) } }
        } catch {
            throw storeError(error)
        }
    }

    /// What the file holds, read into memory, for as long as the disk takes no writes: SQLite cannot even open a file with a
    /// write-ahead log then, since it wants to make files beside it. Empty when there is no file or it is damaged.
    /// - Throws: why the file cannot be read.
    func copyInMemory() throws(StoreError) -> SQLiteQueue {
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
    private func sources() -> [Source] {
        guard bytes(of: path) > 0 else { return [] }
        var sources = [Source(path: path, isAlone: false)]
        // Right only when nothing stands in the log: after a clean end.
        if bytes(of: path + "-wal") == 0 { sources.append(Source(path: uri + "?immutable=1", isAlone: false)) }
        sources.append(Source(path: path, isAlone: true))
        return sources
    }

    private struct Source {
        let path: String
        /// Nobody else may use it: the index of the log stays in memory then, not in a file. Only a writer can have it so.
        let isAlone: Bool

        func opened() throws(SQLiteError) -> SQLiteConnection {
            let file = try SQLiteConnection(
                path: path, isReadOnly: !isAlone, busyMilliseconds: isAlone ? 0 : StoreFile.busyMilliseconds)
            if isAlone { try file.script("PRAGMA locking_mode = EXCLUSIVE") }
            return file
        }
    }

    private func copy(of source: Source?) throws(StoreError) -> SQLiteQueue {
        do {
            let memory = SQLiteQueue(path: ":memory:", setup)
            try memory.now { db in
                if let source {
                    try source.opened().copy(into: db)
                    try check(db)
                }
                try schema.migrator.migrate(db)
            }
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
    private static let busyMilliseconds: CInt = 5000

    /// A file that an earlier version made has larger pages: it is written anew, once. What goes wrong here shows when the
    /// file is opened, or does no harm.
    private func takeSmallPages() {
        guard let header = try? OwnedFileDescriptor.opening(path, O_RDONLY).read(atMost: 18), header.count == 18,
            Int(header[16]) << 8 | Int(header[17]) > schema.pageBytes,
            let file = try? SQLiteConnection(path: path)
        else { return }
        // With a write-ahead log pages cannot be changed. Until VACUUM has ended the old content counts.
        try? file.script("PRAGMA journal_mode = DELETE; PRAGMA page_size = \(schema.pageBytes); VACUUM")
    }

    private var setup: SQLiteSetup {
        SQLiteSetup(label: schema.label, busyMilliseconds: Self.busyMilliseconds) { [schema] db, isReadOnly in
            // Of a file that is new; others keep theirs.
            try db.script("PRAGMA page_size = \(schema.pageBytes)")
            // Once 4 MiB of log have come together it goes into the file.
            try db.script("PRAGMA wal_autocheckpoint = \(Self.logBytes / schema.pageBytes)")
            try schema.prepare(db)
            try db.script("PRAGMA synchronous = FULL")
            // The WAL file shrinks after a burst.
            try db.script("PRAGMA journal_size_limit = \(Self.logBytes)")
            // KiB; the board has little memory, and what readers are asked for once is seldom asked for again.
            try db.script("PRAGMA cache_size = \(isReadOnly ? -256 : -1024)")
        }
    }
}
