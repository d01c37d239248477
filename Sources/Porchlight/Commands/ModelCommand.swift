import ArgumentParser

/// `porchlight model …`: what concerns network files.
struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Look into networks, and prepare them for small boards.",
        subcommands: [InspectCommand.self, ConvertCommand.self, QuantizeCommand.self])
}
