import Base
import Glibc
package import Runtime

/// The API's credentials: made once, replaced whole, so that a reader never sees half a file.
package struct CredentialsFile: Sendable {
    private let file: StorageFile

    /// - Parameter file: for its owner's eyes only; its folder must exist.
    package init(_ file: StorageFile) { self.file = file }

    package var path: String { file.path }

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
        do throws(SystemError) { bytes = try file.read() } catch { throw failure(error) }
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
    func stamp() -> FileStamp? { FileStamp(path) }

    private func failure(_ error: SystemError) -> ServeError {
        .credentials(path: path, reason: "\(error); does the storage directory belong to this user?")
    }

    private func write(_ credentials: Credentials, replacing: Bool) throws(ServeError) {
        do throws(SystemError) {
            // Not replacing: of two programs that start at once the first wins, and both read its key.
            try file.write(credentials.json.jsonBytes, owner: owner(), replacing: replacing)
        } catch { throw failure(error) }
    }

    /// When root rotates the key, the daemon's own user must still be able to read it.
    private func owner() -> (user: uid_t, group: gid_t)? {
        guard geteuid() == 0 else { return nil }
        var owner = stat()
        if unsafe stat(path, &owner) != 0 {
            guard unsafe stat(WholeFile.folder(of: path), &owner) == 0 else { return nil }
        }
        return (owner.st_uid, owner.st_gid)
    }
}
