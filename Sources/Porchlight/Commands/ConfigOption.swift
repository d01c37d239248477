import ArgumentParser

/// `--config PATH`, the same in every command that needs the config file.
struct ConfigOption: ParsableArguments {
    @Option(name: .long, help: "The config file.")
    var config = "/etc/porchlight/porchlight.json"
}
