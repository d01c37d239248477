package import Base
import Glibc
import Runtime
import Settings

/// The config file on its way: read, changed, checked, and written as a whole.
struct ConfigDraft {
    let path: String
    let json: JSONValue

    /// What is there; an empty object when there is no file.
    /// - Throws: `CommandFailure` when it cannot be read or is no JSON: it is not touched then.
    static func reading(_ path: String) throws(CommandFailure) -> ConfigDraft {
        guard unsafe access(path, F_OK) == 0 else { return ConfigDraft(path: path, json: .object([:])) }
        do {
            return ConfigDraft(path: path, json: try TextFile.json(try readFile(path, atMost: 1 << 20)))
        } catch {
            let reason = (error as? CommandFailure)?.message ?? "\(path) is not valid JSON: \(error)"
            throw CommandFailure(.badConfig, "\(reason); mend it, or move it away, and try again")
        }
    }

    /// - Throws: `CommandFailure` that lists every problem with its path.
    func checked() throws(CommandFailure) -> Settings {
        var problems: [SettingProblem] = []
        if let settings = Settings(checking: json, defaultDeviceID: HostName.deviceID, &problems), problems.isEmpty {
            return settings
        }
        let lines = problems.map { "  \($0)" }.joined(separator: "\n")
        throw CommandFailure(.badConfig, "nothing was written, since this would be no valid config:\n\(lines)")
    }

    /// For everybody who reads the folder: the daemon's group, when root writes.
    /// - Throws: `CommandFailure` when the disk or the rights refuse; the old file is whole then.
    func write() throws(CommandFailure) {
        try Self.write(Array((json.indented + "\n").utf8), to: path)
    }

    /// A file beside the config that the daemon may read, and nobody else.
    static func write(_ bytes: [UInt8], to path: String) throws(CommandFailure) {
        do throws(SystemError) {
            // A stricter umask would keep the daemon out.
            let before = umask(0o027)
            defer { umask(before) }
            try WholeFile.write(bytes, to: path, mode: 0o640, owner: owner(of: path), .synced)
        } catch {
            throw CommandFailure(.unavailable, "\(path) cannot be written: \(error); use sudo")
        }
    }

    private static func owner(of path: String) -> (user: uid_t, group: gid_t)? {
        guard geteuid() == 0 else { return nil }
        var facts = stat()
        let isThere = unsafe stat(path, &facts) == 0
        let group = ServiceUser.named()?.group ?? (isThere ? facts.st_gid : 0)
        return (isThere ? facts.st_uid : 0, group)
    }
}

/// The user that the unit runs as.
struct ServiceUser {
    let user: uid_t
    let group: gid_t

    /// Nil where the package has not made it.
    static func named(_ name: String = "porchlight") -> ServiceUser? {
        guard let entry = unsafe getpwnam(name) else { return nil }
        return unsafe ServiceUser(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    /// Whether the mode of a file lets it read; folders above are not looked at.
    func mayRead(_ path: String) -> Bool {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return false }
        if facts.st_uid == user { return facts.st_mode & S_IRUSR != 0 }
        if facts.st_gid == group { return facts.st_mode & S_IRGRP != 0 }
        return facts.st_mode & S_IROTH != 0
    }
}

extension JSONValue {
    /// As JSON for people: a member a line, in the order of their names.
    package var indented: String { Self.indented(self, "") }

    private static func indented(_ value: JSONValue, _ indent: String) -> String {
        let inner = indent + "  "
        switch value {
        case .object(let members) where !members.isEmpty:
            let lines = members.sorted { $0.key < $1.key }.map { key, value in
                inner + plain(.string(key)) + ": " + indented(value, inner)
            }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        case .array(let items) where !items.isEmpty:
            return "[\n\(items.map { inner + indented($0, inner) }.joined(separator: ",\n"))\n\(indent)]"
        default: return plain(value)
        }
    }

    private static func plain(_ value: JSONValue) -> String { String(decoding: value.jsonBytes, as: UTF8.self) }
}
