import ArgumentParser
import Base
import Glibc
import Logging
import Publish
import Settings

/// `porchlight watch`: prints events as the broker tells them.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Subscribe to the configured broker and print events as they come.")

    @OptionGroup var config: ConfigOption
    @Flag(help: "Print each event as one line of JSON, as it was published.")
    var json = false

    func run() async throws {
        try await reportingFailures {
            let settings = try loadSettings(configPath: config.config)
            // The lines below say what the link would log.
            let watcher = try EventWatcher(settings: settings.mqtt, deviceID: settings.deviceID, logger: .silent)
            try watcher.start()
            let screen = Screen(
                line: EventLine(isColored: Terminal.wantsColor, pictures: settings.storage.directory), printsJSON: json,
                broker: "\(settings.mqtt.host):\(settings.mqtt.port)")
            // Until SIGINT ends the process: a subscriber without a will leaves nothing to clean up.
            for await sighting in watcher.sightings { screen.show(sighting) }
        }
    }
}

/// Where output goes.
enum Terminal {
    /// Only people at a terminal want colours, and not all of them: https://no-color.org
    static var wantsColor: Bool {
        guard isatty(STDOUT_FILENO) == 1, (variable("NO_COLOR") ?? "").isEmpty else { return false }
        return variable("TERM") != "dumb"
    }

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}

/// Events to stdout, everything about the link to stderr.
private struct Screen: Sendable {
    let line: EventLine
    let printsJSON: Bool
    let broker: String

    func show(_ sighting: EventWatcher.Sighting) {
        switch sighting {
        case .event(let json, let event):
            print(printsJSON ? String(decoding: json, as: UTF8.self) : line.text(event))
            fflush(nil)  // a pipe wants to see it now
        case .state(let name, let payload):
            if !printsJSON { print(line.text(state: name, payload)) }
        case .connected: note("watching \(broker)")
        case .away(let reason): note("broker away: \(reason); trying again")
        }
    }

    private func note(_ text: String) {
        let bytes = Array("porchlight watch: \(text)\n".utf8)
        // Nothing can be done about a closed stderr.
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
    }
}
