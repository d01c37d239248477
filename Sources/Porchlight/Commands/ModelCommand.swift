import ArgumentParser

/// `porchlight model …`: what concerns network files.
struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Prepare networks for small boards.", subcommands: [QuantizeCommand.self])
}
