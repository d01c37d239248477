import Glibc
import Runtime

/// The storage directory itself.
enum StorageFolder {
    /// Makes the last folder of `directory` if it is not there, for this user and its group.
    static func make(_ directory: String) throws(SystemError) {
        do throws(SystemError) {
            try SystemError.check("mkdir \(directory)") { unsafe mkdir(directory, 0o750) }
        } catch {
            // As it should be; when it is no folder, whoever opens a file in it says so.
            if error.errno == EEXIST { return }
            var facts = stat()
            guard error.errno == EROFS, unsafe stat(directory, &facts) == 0 else { throw error }
        }
    }
}
