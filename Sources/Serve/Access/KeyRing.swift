import Base
package import Logging
package import Runtime
import Synchronization

/// The credentials in force. Looks at the file before each use, so that a rotation or a repair needs no restart.
package final class KeyRing: Sendable {
    private struct State {
        var stamp: FileStamp?
        var credentials: Credentials?
        /// A file has been there; when it is gone, that may be meant so.
        var hasBeenThere = false
        var lastTry: MonotonicTime?
    }

    /// A disk that cannot be written is not asked with every request.
    private static let tryInterval = Duration.seconds(10)

    private let file: CredentialsFile
    private let mask: LogMask
    private let logger: Logger
    private let state = Mutex(State())
    /// Why there are none, in words. Behind its own lock, which is never held while the disk works.
    private let told = Mutex<String?>(nil)

    /// Makes the file if there is none. One that cannot be made or read keeps callers over TCP out, and nobody else.
    /// - Parameter mask: hides the key and the token in the log.
    package init(file: CredentialsFile, mask: LogMask = LogMask(), logger: Logger) {
        self.file = file
        self.mask = mask
        self.logger = logger
        _ = current()
    }

    /// Nil while the file is missing or broken: then nobody gets in.
    package func current() -> Credentials? {
        let stamp = file.stamp()
        return state.withLock { state in
            if stamp == nil, !state.hasBeenThere {
                make(&state)
            } else if stamp != state.stamp {
                take(stamp, &state)
            }
            return state.credentials
        }
    }

    /// Why callers over TCP are refused, in words, as of the last use; nil when they are not. Does not touch the disk.
    package var problem: String? { told.withLock { $0 } }

    private func make(_ state: inout State) {
        let now = MonotonicTime.now()
        if let last = state.lastTry, now - last < Self.tryInterval { return }
        state.lastTry = now
        do throws(ServeError) {
            state.credentials = hidden(try file.loadOrCreate())
            state.stamp = file.stamp()
            state.hasBeenThere = true
            told.withLock { $0 = nil }
        } catch { refuse("\(error)", &state) }
    }

    private func take(_ stamp: FileStamp?, _ state: inout State) {
        let isFirst = !state.hasBeenThere
        state.stamp = stamp
        state.hasBeenThere = true
        do throws(ServeError) {
            state.credentials = hidden(try file.load())
            told.withLock { $0 = nil }
            if !isFirst { logger.notice("local key reread") }
        } catch { refuse("\(error)", &state) }
    }

    private func hidden(_ credentials: Credentials) -> Credentials {
        mask.hide(credentials.secretAccessKey, as: "secret access key")
        mask.hide(credentials.bearerToken, as: "token")
        return credentials
    }

    private func refuse(_ reason: String, _ state: inout State) {
        state.credentials = nil
        let isNews = told.withLock { told in
            defer { told = reason }
            return told != reason
        }
        guard isNews else { return }
        logger.error("callers over TCP are refused", metadata: ["reason": "\(reason)"])
    }
}
