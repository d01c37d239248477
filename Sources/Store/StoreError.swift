import Glibc
package import Runtime

/// Why the store could not do its work.
package enum StoreError: Recoverable, Sendable, Equatable, CustomStringConvertible {
    /// The disk, or the room that the file may take, is full.
    case full(path: String)
    /// The disk is mounted read-only, as a system does with an SD card that fails.
    case readOnly(path: String)
    /// The file is damaged, and could not be laid aside and begun anew.
    case damaged(path: String, reason: String)
    /// The file was written by a newer version of this program.
    case tooNew(path: String)
    /// Another program owns the storage directory.
    case inUse(directory: String, pid: Int?)
    case system(SystemError)
    case sqlite(code: Int, text: String, path: String)

    package var description: String {
        switch self {
        case .full(let path): "no space left for \(path): free some or lower storage.maxMegabytes"
        case .readOnly(let path):
            "\(path) lies on a disk that is read-only: mount it writable again; an SD card that fails becomes so, then "
                + "replace it"
        case .damaged(let path, let reason):
            "\(path) is damaged (\(reason)): it is laid aside and begun anew as soon as that is possible; check the disk"
        case .tooNew(let path): "\(path) was written by a newer version: install that, or move the file away"
        case .inUse(let directory, let pid):
            "\(directory) belongs to a porchlight that runs (\(pid.map { "process \($0)" } ?? "process unknown")): "
                + "stop that first (systemctl stop porchlight), or give this one another storage.directory"
        case .system(let error): "\(error)"
        case .sqlite(let code, let text, let path): "SQLite on \(path): \(text) (code \(code))"
        }
    }

    /// For health: what is wrong in two words, then the details.
    package var words: String {
        switch self {
        case .full: "store full: \(self)"
        case .readOnly: "store read-only: \(self)"
        case .damaged, .tooNew, .inUse, .system, .sqlite: "store not writable: \(self)"
        }
    }

    package var recovery: Recovery {
        switch self {
        case .full, .readOnly, .damaged, .system, .sqlite, .inUse: .retry
        case .tooNew: .fatal
        }
    }

    /// Nothing is wrong with the file: it can be read, and written once there is room.
    var isForLackOfRoom: Bool {
        switch self {
        case .full, .readOnly: true
        case .damaged, .tooNew, .inUse, .system, .sqlite: false
        }
    }

    /// - Parameters:
    ///   - error: of SQLite or the system.
    ///   - path: of the file.
    package init(_ error: any Error, path: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as SystemError:
            switch error.errno {
            case ENOSPC, EDQUOT: self = .full(path: path)
            case EROFS: self = .readOnly(path: path)
            default: self = .system(error)
            }
        case let error as SQLiteError:
            switch error.kind {
            case .full: self = .full(path: path)
            case .readOnly: self = .readOnly(path: path)
            case .damaged: self = .damaged(path: path, reason: error.message)
            case .other: self = .sqlite(code: error.code, text: error.message, path: path)
            }
        default: self = .sqlite(code: -1, text: "\(error)", path: path)
        }
    }
}
