package import Glibc
package import Runtime

/// Everything that lies in the storage directory: a case and a row below for each file and folder. Nobody else names them.
package enum StorageEntry: String, Sendable, CaseIterable {
    case database = "porchlight.sqlite"
    case faces = "faces.sqlite"
    case lock
    case credentials = "credentials.json"
    case certificates = "tls"
    case retainedTopics = "retained-topics.json"
    case endedSessions = "ended-sessions"
    case updateJournal = "updates-of-visits"
    case runState = "run-state"
    case background = "background.json"
    case bytesWritten = "bytes-written"
    case why = "why.json"
    case nobody = "nobody.json"
    case images
    case results
    case samples

    /// What it may take of the disk.
    package enum Bound: Sendable, Equatable {
        /// Of a file, or of all files of a folder.
        case bytes(Int)
        /// Events go when they are too old or too many.
        case events
        /// Together with the other folders of pictures whatever the rest leaves of `storage.maxMegabytes`; the oldest go.
        case rest
    }

    /// A row of the table.
    package struct Row: Sendable {
        package let bound: Bound
        package let mode: mode_t
        package let durability: WholeFile.Durability

        init(_ bound: Bound, mode: mode_t = 0o640, _ durability: WholeFile.Durability = .synced) {
            self.bound = bound
            self.mode = mode
            self.durability = durability
        }
    }

    package var row: Row {
        switch self {
        // With its log, and with damaged ones that were laid aside.
        case .database: Row(.events, mode: 0o600)
        // SQLite keeps the file within it; with its log, and with damaged ones that were laid aside, it takes more.
        case .faces: Row(.bytes(256 << 20), mode: 0o600)
        case .lock: Row(.bytes(64), mode: 0o600)
        case .credentials: Row(.bytes(4 << 10), mode: 0o600)
        // Keys and certificates of the box's own authority.
        case .certificates: Row(.bytes(256 << 10), mode: 0o750)
        case .retainedTopics: Row(.bytes(1 << 20), mode: 0o600)
        case .endedSessions: Row(.bytes(EndedSessions.most * EndedSessions.slotBytes))
        case .updateJournal: Row(.bytes(UpdateJournal.mostBytes), mode: 0o600, .eventual)
        // With the last ten starts.
        case .runState: Row(.bytes(2 << 10))
        // Sixty-four objects for each of a dozen cameras.
        case .background: Row(.bytes(256 << 10), .eventual)
        case .bytesWritten: Row(.bytes(256), .eventual)
        // The newest records of all processors, and sixty-four places of each of a dozen cameras.
        case .why: Row(.bytes(1 << 20), mode: 0o600, .eventual)
        case .nobody: Row(.bytes(512 << 10), mode: 0o600)
        case .images, .results: Row(.rest, .eventual)
        case .samples: Row(.bytes(64 << 20), .eventual)
        }
    }

    /// Folders of pictures whose oldest make room.
    static let makingRoom = allCases.filter { $0.row.bound == .rest }
}

/// The storage directory with everything in it.
package struct StorageLayout: Sendable {
    /// An absolute path.
    package let directory: String

    package init(directory: String) { self.directory = directory }

    package func path(of entry: StorageEntry) -> String { "\(directory)/\(entry.rawValue)" }

    /// For who writes it.
    package func file(_ entry: StorageEntry) -> StorageFile {
        let row = entry.row
        let most = if case .bytes(let bytes) = row.bound { bytes } else { Int.max >> 1 }
        return StorageFile(path: path(of: entry), mode: row.mode, mostBytes: most, row.durability)
    }

    /// What the entry takes of the disk now, in bytes; blocks. Links are not followed.
    package func usage(of entry: StorageEntry) -> Int {
        guard [.database, .faces].contains(entry) else { return Self.bytes(at: path(of: entry)) }
        let names = (try? FolderListing.names(in: directory)) ?? []
        return names.filter { $0.hasPrefix(entry.rawValue) }.reduce(0) { $0 + Self.bytes(at: "\(directory)/\($1)") }
    }

    private static func bytes(at path: String) -> Int {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else { return 0 }
        guard facts.st_mode & S_IFMT == S_IFDIR else { return Int(facts.st_size) }
        return FileTree.walk(path).files.reduce(0) { $0 + $1.bytes }
    }
}
