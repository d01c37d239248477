package import Base
package import Logging
import Synchronization

/// The newest lines of the log, in memory, for whoever has no terminal. What is warned of has places of its own: a flood of
/// other lines does not push it out.
package final class LogMemory: Sendable {
    package struct Line: Sendable, Equatable {
        package let time: WallTime
        package let level: Logger.Level
        /// At most `mostBytes`.
        package let text: String
    }

    /// What was asked for, and what is not there any more.
    package struct Reading: Sendable, Equatable {
        /// The newest first.
        package var lines: [Line]
        /// Lines since the start of the program that newer ones have pushed out.
        package var dropped: Int
        /// Lines since the start of which only the beginning was kept.
        package var shortened: Int
    }

    /// Lines of `warning` and above.
    package static let mostWarnings = 150
    /// Lines below that.
    package static let mostOthers = 250
    /// Of a line, in UTF-8.
    package static let mostBytes = 400

    private struct State {
        var warnings: [(number: Int, line: Line)] = []
        var others: [(number: Int, line: Line)] = []
        var count = 0
        var dropped = 0
        var shortened = 0
    }

    /// Applied before anything is kept.
    package let mask: LogMask
    private let state = Mutex(State())

    package init(mask: LogMask = LogMask()) { self.mask = mask }

    /// - Parameter text: one line, masked.
    func keep(_ text: String, _ level: Logger.Level, at time: WallTime = .now()) {
        let isLong = text.utf8.count > Self.mostBytes
        let line = Line(time: time, level: level, text: isLong ? Self.beginning(of: text) : text)
        state.withLock { state in
            state.count += 1
            if isLong { state.shortened += 1 }
            let entry = (state.count, line)
            let hasLost =
                level >= .warning
                ? Self.push(entry, to: &state.warnings, most: Self.mostWarnings)
                : Self.push(entry, to: &state.others, most: Self.mostOthers)
            if hasLost { state.dropped += 1 }
        }
    }

    /// - Parameters:
    ///   - level: and above.
    ///   - limit: the most lines.
    package func newest(_ limit: Int, from level: Logger.Level = .trace) -> Reading {
        state.withLock { state in
            let fitting = (state.warnings + state.others).filter { $0.line.level >= level }
            let lines = fitting.sorted { $0.number > $1.number }.prefix(max(0, limit)).map(\.line)
            return Reading(lines: lines, dropped: state.dropped, shortened: state.shortened)
        }
    }

    /// - Returns: whether an older one had to go.
    private static func push(
        _ entry: (Int, Line), to entries: inout [(number: Int, line: Line)], most: Int
    ) -> Bool {
        entries.append(entry)
        guard entries.count > most else { return false }
        entries.removeFirst()
        return true
    }

    private static func beginning(of text: String) -> String {
        let mark = "…"
        var kept = text.prefix(mostBytes)
        while kept.utf8.count > mostBytes - mark.utf8.count { kept.removeLast() }
        return kept + mark
    }
}

extension LogMemory.Reading {
    /// As `GET /log` tells it.
    package var json: JSONValue {
        let lines = lines.map { line -> JSONValue in
            [
                "time": .string(line.time.rfc3339), "level": .string(line.level.rawValue), "text": .string(line.text),
            ]
        }
        return [
            "lines": .array(lines), "dropped": .integer(Int64(dropped)), "shortened": .integer(Int64(shortened)),
        ]
    }
}
