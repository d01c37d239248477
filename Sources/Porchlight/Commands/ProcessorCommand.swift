import ArgumentParser

/// `porchlight processor …`: a friendly face on the local API; it fills in what AWS wants and nobody here needs.
struct ProcessorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "processor", abstract: "Create, change, start, stop and look at stream processors.",
        subcommands: [
            ProcessorCreate.self, ProcessorUpdate.self, ProcessorStart.self, ProcessorStop.self, ProcessorList.self,
            ProcessorDescribe.self, ProcessorDelete.self, ProcessorTag.self, ProcessorUntag.self,
        ])
}

/// What every subcommand takes.
struct ProcessorOptions: ParsableArguments {
    @OptionGroup var config: ConfigOption

    @Flag(help: "Print the API's JSON.")
    var json = false

    /// Runs `body` against the API. What goes wrong becomes one line on stderr and an exit status.
    func withAPI(_ body: (ProcessorAPI) async throws -> Void) async throws {
        try await reportingFailures {
            try await body(try ProcessorAPI(settings: try loadSettings(configPath: config.config)))
        }
    }
}

/// What `create` and `update` can set.
struct AnalysisOptions: ParsableArguments {
    @Option(help: "What to look for, separated by commas: PERSON, PET, PACKAGE or ALL.")
    var labels: String?

    @Option(help: "How sure the model must be, in percent.")
    var minConfidence: Double?

    @Option(
        name: .customLong("region"),
        help: ArgumentHelp(
            "Where an object counts; give it several times for several regions, or @FILE to read it from a file.",
            discussion: """
                Ratios of the picture, origin top left: a polygon '[[0.1,0.2],[0.9,0.2],[0.5,0.9]]', a box \
                '{"Left":0.5,"Top":0,"Width":0.5,"Height":1}', or AWS's RegionOfInterest, alone or as a list.
                """, valueName: "JSON|@FILE"))
    var regions: [String] = []

    enum Switch: String, ExpressibleByArgument, CaseIterable {
        case on, off

        var isOn: Bool { self == .on }
    }

    @Option(
        help: ArgumentHelp(
            "Keep pictures of what the model is unsure about in <storage>/samples, for your own training (on, off).",
            discussion: "AWS's DataSharingPreference; nothing leaves the box. Off deletes them."))
    var samples: Switch?

    func validate() throws {
        if let minConfidence, !(0...100).contains(minConfidence) {
            throw ValidationError("--min-confidence must be 0 to 100, not \(minConfidence)")
        }
        if let labels, labelNames?.isEmpty ?? true { throw ValidationError("--labels '\(labels)' names no label") }
    }

    var labelNames: [String]? {
        labels.map { $0.split(whereSeparator: { $0 == "," || $0 == " " }).map { $0.uppercased() } }
    }
}
