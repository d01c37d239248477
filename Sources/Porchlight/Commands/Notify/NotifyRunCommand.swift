import ArgumentParser
import Logging
import Notify
import Runtime
import Settings

/// The service, in the foreground.
struct NotifyRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Read the broker and tell the targets until SIGTERM or Ctrl-C.")

    @OptionGroup var config: NotifyConfigOption

    func run() async throws {
        try await reportingFailures {
            let settings = try loadNotifySettings(configPath: config.config)
            let level = LogSwitch(Logger.Level(settings.logLevel))
            let logger = RunCommand.makeLogger(level, label: PorchlightNotify.name)
            let storage = try NoticeFolder(settings.directory)
            try await NotifyService(settings, logger).run()
            _ = consume storage
        }
    }
}
