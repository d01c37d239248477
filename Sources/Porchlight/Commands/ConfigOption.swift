import ArgumentParser

/// `--config PATH`, the same in every command that needs the config file.
struct ConfigOption: ParsableArguments {
    /// The one that the service reads.
    static let usual = "/etc/porchlight/porchlight.json"

    @Option(name: .long, help: "The config file.")
    var config = usual
}
