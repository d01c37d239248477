import ArgumentParser
import Glibc

/// Tells people what a box publishes over MQTT, by ntfy, a webhook, Telegram or mail. A program of its own, so that the
/// daemon sends nothing to the outside.
@main
struct PorchlightNotify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "porchlight-notify",
        abstract: "Tells a phone, a chat, a mailbox or a webhook who is at the door.",
        discussion: """
            Reads the events of a Porchlight box from its MQTT broker and tells each visit once: to ntfy, to a webhook, \
            to Telegram or by e-mail, with its picture. What cannot be told waits on the disk. Tokens and passwords are \
            only ever read from files.

            Exit status: 64 usage, 69 unavailable, 75 another porchlight-notify has the storage, 78 config.
            """,
        version: programVersion,
        subcommands: [RunCommand.self, CheckCommand.self])
}

/// What `--version` and `notify/status` tell.
let programVersion = "0.1.0"

/// `--config PATH`.
struct ConfigOption: ParsableArguments {
    @Option(name: .long, help: "The config file.")
    var config = "/etc/porchlight/notify.json"
}

/// How the program ends, by `sysexits.h`.
enum ExitStatus: Int32 {
    case unavailable = 69
    case temporary = 75
    case badConfig = 78
}

/// Something a person has to mend: printed as one line, then the program ends with `status`.
struct CommandFailure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}

/// Runs a command's body; a failure becomes one line on stderr and its exit status.
func reportingFailures(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let failure as CommandFailure {
        let bytes = Array("porchlight-notify: \(failure.message)\n".utf8)
        // Nothing can be done about a closed stderr.
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
        throw ExitCode(failure.status.rawValue)
    }
}
