import Base
package import Logging
import Synchronization

/// The credentials in force. Looks at the file before each use, so that a rotation needs no restart.
package final class KeyRing: Sendable {
    private struct State {
        var stamp: FileStamp?
        var credentials: Credentials?
    }

    private let file: CredentialsFile
    private let logger: Logger
    private let state: Mutex<State>

    /// - Throws: `ServeError` when the file can neither be read nor made.
    package init(file: CredentialsFile, logger: Logger) throws(ServeError) {
        self.file = file
        self.logger = logger
        let credentials = try file.loadOrCreate()
        state = Mutex(State(stamp: file.stamp(), credentials: credentials))
    }

    /// Nil while the file is missing or broken: then nobody gets in, since its removal may be meant so.
    package func current() -> Credentials? {
        let stamp = file.stamp()
        return state.withLock { state in
            guard stamp != state.stamp else { return state.credentials }
            state.stamp = stamp
            do throws(ServeError) {
                state.credentials = try file.load()
                logger.notice("local key reread")
            } catch {
                state.credentials = nil
                logger.error("local key lost, callers over TCP are refused", metadata: ["error": "\(error)"])
            }
            return state.credentials
        }
    }
}
