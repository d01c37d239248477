import ArgumentParser
import Runtime

/// `porchlight notify …`: tells people what a box publishes over MQTT, by ntfy, a webhook, Telegram or mail. It runs as a service
/// of its own, with its own user and sandbox, so that the daemon sends nothing to the outside.
struct NotifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: PorchlightNotify.abstract, discussion: PorchlightNotify.discussion,
        subcommands: PorchlightNotify.subcommands)
}

/// The same commands for whoever starts the program by the name `porchlight-notify`.
struct PorchlightNotify: AsyncParsableCommand {
    /// The name that chooses it; also what its log is called.
    static let name = "porchlight-notify"

    fileprivate static let abstract = "Tell a phone, a chat, a mailbox or a webhook who is at the door."
    fileprivate static let discussion = """
        Reads the events of a Porchlight box from its MQTT broker and tells each visit once: to ntfy, to a webhook, \
        to Telegram or by e-mail, with its picture. What cannot be told waits on the disk. Tokens and passwords are \
        only ever read from files. porchlight-notify is another name for porchlight notify.

        Exit status: 64 usage, 69 unavailable, 75 another porchlight-notify has the storage, 78 config.
        """
    fileprivate static let subcommands: [any ParsableCommand.Type] = [NotifyRunCommand.self, NotifyCheckCommand.self]

    static let configuration = CommandConfiguration(
        commandName: name, abstract: abstract, discussion: discussion, version: programVersion, subcommands: subcommands
    )
}

/// `--config PATH` of the notices.
struct NotifyConfigOption: ParsableArguments {
    @Option(name: .long, help: "The config file.")
    var config = "/etc/porchlight/notify.json"
}
