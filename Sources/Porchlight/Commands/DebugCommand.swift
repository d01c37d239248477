import ArgumentParser
import Base

/// `porchlight debug …`: what the running daemon does, for whoever looks for a fault.
struct DebugCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug", abstract: "Look into the running daemon.", subcommands: [DebugDumpCommand.self])
}

struct DebugDumpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump", abstract: "Print what threads, cameras, queues, processors and services do right now.")

    @OptionGroup var config: ConfigOption

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await reportingFailures {
            let api = try ProcessorAPI(settings: try loadSettings(configPath: config.config))
            let dump = try await api.get("/debug")
            let lines = json ? [String(decoding: dump.jsonBytes, as: UTF8.self)] : JSONOutline.lines(of: dump)
            for line in lines { print(line) }
        }
    }
}
