import ArgumentParser
import Base
import Decode
import Glibc
import Logging
import Publish
import Runtime
import Settings
import Store
import Synchronization

/// The daemon, in the foreground.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the daemon in the foreground until SIGTERM or Ctrl-C.")

    @OptionGroup var config: ConfigOption
    @Flag(help: "Print the events as they come.")
    var events = false
    @Flag(help: "End with a summary when all cameras are clips and have been played.")
    var untilClipsEnd = false

    func run() async throws {
        try await reportingFailures {
            PictureMemory.giveBackLargeBlocks()
            let filePages = FilePages()
            // Until somebody listens to it: its usual effect would be to end the program.
            signal(SIGUSR1, SIG_IGN)
            let level = LogSwitch()
            let log = LogMemory()
            let logger = Self.makeLogger(level, log)
            let settings = try loadSettings(configPath: config.config)
            level.configure(Logger.Level(settings.log.level))
            let summary = EventSummary()
            var options = Wiring.Options()
            options.logLevel = level
            options.log = log
            options.untilClipsEnd = untilClipsEnd
            options.filePages = filePages
            options.onEvent = { [events] recorded in
                summary.note(recorded.event)
                if events { EventPrinter.print(recorded) }
            }
            let wiring = try await Wiring(settings, options: options, logger: logger)
            do {
                try await Supervisor(wiring: wiring, logger: logger).run()
            } catch {
                throw CommandFailure(ExitStatus(of: error), "\(error)")
            }
            // What the broker has got since the last write.
            await wait(atMost: .milliseconds(500)) { await wiring.events.flush() }
            await Self.finish(wiring, logger)
            if untilClipsEnd { print(summary.text(wiring.statuses)) }
            withExtendedLifetime(wiring.lock) {}
        }
    }

    /// The last files. A disk that hangs keeps nobody: the next start finds what was written before.
    private static func finish(_ wiring: Wiring, _ logger: Logger) async {
        let isWritten = await Deadline.onThread("last-files", within: .milliseconds(700)) {
            wiring.background.finish()
            wiring.why.finish()
            wiring.samples.finish()
            wiring.meter.finish()
            wiring.marker.ended()
        }
        if !isWritten { logger.warning("the disk does not answer: the last files are not written") }
    }

    /// Under systemd `JOURNAL_STREAM` is set: systemd.exec(5).
    static func makeLogger(_ level: LogSwitch, _ memory: LogMemory? = nil, label: String = "porchlight") -> Logger {
        let isJournal = unsafe getenv("JOURNAL_STREAM") != nil
        return Logger(label: label) { Log(label: $0, isJournal: isJournal, level: level, memory: memory) }
    }
}

/// Prints events for a person at the terminal, in the same words as `porchlight watch`.
enum EventPrinter {
    static func print(_ recorded: RecordedEvent) {
        let line = EventLine(isColored: Terminal.wantsColor)
        Swift.print(line.text(Payloads.event(recorded, EventNews(of: recorded.event))))
        // All streams: Swift does not let us name `stdout`. Events are to be seen when they come, also through a pipe.
        _ = fflush(nil)
    }
}

/// What has been seen, counted for the end.
final class EventSummary: Sendable {
    private let counts = Mutex<[Label: Int]>([:])

    func note(_ event: Event) {
        guard event.phase == .started else { return }
        counts.withLock { $0[event.label, default: 0] += 1 }
    }

    func text(_ statuses: CameraStatusStore) -> String {
        let visits = counts.withLock { counts in
            Label.allCases.map { "\(counts[$0] ?? 0) \($0.rawValue)" }.joined(separator: ", ")
        }
        let reports = statuses.reports.map(\.report)
        func sum(_ count: (CameraStatusStore.Report) -> Int) -> Int { reports.map(count).reduce(0, +) }
        return "visits: \(visits). frames: \(sum(\.framesIn)) in, \(sum(\.framesAnalysed)) analysed, "
            + "\(sum(\.framesDropped)) dropped, \(sum(\.framesCorrupt)) corrupt."
    }
}

extension Logger.Level {
    init(_ level: LogSettings.Level) {
        self =
            switch level {
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
    }
}
