import Base
import Glibc

/// `<storage>/credentials.json`, mode 0600: made once, replaced whole, so that a reader never sees half a file.
package struct CredentialsFile: Sendable {
    package let path: String
    private let directory: String

    /// - Parameter storage: the storage directory; it must exist.
    package init(storage: String) {
        directory = storage
        path = storage + "/credentials.json"
    }

    /// What identifies one content of the file; changes with every replacement.
    struct Stamp: Sendable, Equatable {
        var seconds: Int
        var nanoseconds: Int
        var inode: UInt64
    }

    /// The credentials, made if the file does not exist yet. Safe when two processes start at once.
    package func loadOrCreate() throws(ServeError) -> Credentials {
        if stamp() == nil { try write(.random(), replacing: false) }
        return try load()
    }

    /// New credentials instead of the old ones; a running daemon follows with its next request.
    package func rotate() throws(ServeError) -> Credentials {
        let fresh = Credentials.random()
        try write(fresh, replacing: true)
        return fresh
    }

    package func load() throws(ServeError) -> Credentials {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try read() } catch { throw failure(error) }
        var status = stat()
        if unsafe stat(path, &status) == 0, status.st_mode & 0o077 != 0 {
            throw .credentialsExposed(path: path, mode: status.st_mode & 0o777)
        }
        guard let json = try? JSONParser.parse(bytes), let credentials = Credentials(json: json) else {
            throw .credentials(
                path: path, reason: "is not a key file of porchlight; 'porchlight credentials --rotate' makes a new one"
            )
        }
        return credentials
    }

    /// Nil when there is no file.
    func stamp() -> Stamp? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Stamp(
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, inode: UInt64(status.st_ino))
    }

    private func failure(_ error: SystemError) -> ServeError {
        .credentials(path: path, reason: "\(error); does the storage directory belong to this user?")
    }

    private func read() throws(SystemError) -> [UInt8] {
        try OwnedFileDescriptor.opening(path, O_RDONLY | O_NOFOLLOW).read(atMost: 4096)
    }

    private func write(_ credentials: Credentials, replacing: Bool) throws(ServeError) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max))"
        do throws(SystemError) {
            defer { unsafe unlink(temporary) }
            try writeSynced(credentials.json.jsonBytes, to: temporary)
            if replacing {
                try SystemError.check("rename to \(path)") { unsafe rename(temporary, path) }
            } else {
                // link, not rename: the first of two programs that start at once wins, and both read its key.
                do { try SystemError.check("link \(path)") { unsafe link(temporary, path) } } catch {
                    if error.errno != EEXIST { throw error }
                }
            }
            let folder = try OwnedFileDescriptor.opening(directory, O_RDONLY | O_DIRECTORY)
            try SystemError.check("fsync \(directory)") { fsync(folder.raw) }
        } catch { throw failure(error) }
    }

    private func writeSynced(_ bytes: [UInt8], to temporary: String) throws(SystemError) {
        let file = try OwnedFileDescriptor.opening(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        try keepOwner(of: file)
        let count = try SystemError.check("write \(temporary)") { unsafe Glibc.write(file.raw, bytes, bytes.count) }
        guard count == bytes.count else { throw SystemError(call: "write \(temporary)", errno: ENOSPC) }
        try SystemError.check("fsync \(temporary)") { fsync(file.raw) }
    }

    /// When root rotates the key, the daemon's own user must still be able to read it.
    private func keepOwner(of file: borrowing OwnedFileDescriptor) throws(SystemError) {
        guard geteuid() == 0 else { return }
        var owner = stat()
        if unsafe stat(path, &owner) != 0 {
            guard unsafe stat(directory, &owner) == 0 else { return }
        }
        let raw = file.raw
        try SystemError.check("fchown \(path)") { fchown(raw, owner.st_uid, owner.st_gid) }
    }
}
