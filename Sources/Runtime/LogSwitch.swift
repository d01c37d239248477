package import Logging
import Synchronization

/// How much the whole program logs: what the settings say, or everything for as long as somebody looks for a fault.
/// Changed while the program runs.
package final class LogSwitch: Sendable {
    private let state: Mutex<(configured: Logger.Level, isDebugging: Bool)>

    package init(_ level: Logger.Level = .notice) { state = Mutex((level, false)) }

    package var level: Logger.Level { state.withLock { $0.isDebugging ? .debug : $0.configured } }

    /// What the settings say.
    package func configure(_ level: Logger.Level) { state.withLock { $0.configured = level } }

    /// From what the settings say to `debug` and back.
    /// - Returns: the level that now holds.
    package func toggleDebug() -> Logger.Level {
        state.withLock { $0.isDebugging.toggle() }
        return level
    }
}
