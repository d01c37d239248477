import Base
import Glibc
package import Logging

/// Log lines on stderr. Under systemd each carries journald's priority (sd-daemon(3)); on a terminal it carries the time.
package struct Log: LogHandler {
    /// The program's level, unless this one logger was given its own.
    package var logLevel: Logger.Level {
        get { own ?? common.level }
        set { own = newValue }
    }
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let isJournal: Bool
    private let common: LogSwitch
    private let memory: LogMemory?
    private var own: Logger.Level?

    /// - Parameters:
    ///   - isJournal: stderr goes to journald, which knows the time by itself.
    ///   - level: of the whole program.
    ///   - memory: keeps the newest lines, too, and knows what no line may say; nil where nobody asks for them.
    package init(label: String, isJournal: Bool, level: LogSwitch, memory: LogMemory? = nil) {
        self.label = label
        self.isJournal = isJournal
        common = level
        self.memory = memory
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        func masked(_ text: String) -> String { memory?.mask.masked(text) ?? text }
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let details = all.sorted { $0.key < $1.key }
            .map { " \($0.key)=\(Self.quoted(masked("\($0.value)")))" }.joined()
        let words = masked("\(event.message)") + details
        memory?.keep(Self.plain(words), event.level)
        let start = isJournal ? "<\(Self.priority(event.level))>" : "\(WallTime.now().rfc3339) \(event.level) "
        var line = Array("\(start)\(label): \(words)\n".utf8)
        // A daemon whose stderr is gone goes on; there is nobody to tell.
        _ = unsafe write(STDERR_FILENO, &line, line.count)
    }

    /// syslog(3) priorities.
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// One line always, whatever a camera or a client put into a value.
    private static func quoted(_ text: String) -> String {
        let safe = plain(text)
        return safe.contains(" ") || safe.isEmpty ? "\"\(safe)\"" : safe
    }

    private static func plain(_ text: String) -> String {
        text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }.joined()
    }
}
