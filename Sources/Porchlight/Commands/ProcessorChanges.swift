import ArgumentParser
import Base

/// Names for what AWS wants and this box does not have: an account and a region.
private enum LocalARN {
    static func camera(_ name: String) -> String { "arn:aws:kinesisvideo:local:000000000000:stream/\(name)" }
    static func topic(_ name: String) -> String { "arn:aws:sns:local:000000000000:\(name)" }
    static func stream(_ name: String) -> String { "arn:aws:kinesis:local:000000000000:stream/\(name)" }
    static let role = "arn:aws:iam::000000000000:role/porchlight"
}

struct ProcessorCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a stream processor for a camera.")

    @OptionGroup var options: ProcessorOptions
    @OptionGroup var analysis: AnalysisOptions

    @Argument(help: "Its name.")
    var name: String

    @Option(help: "The configured camera that it watches (default: the one of its name).")
    var camera: String?

    @Option(
        help: ArgumentHelp(
            "Recognise the faces of this collection, instead of looking for labels.",
            discussion: "'porchlight faces' makes collections. Nothing looks for faces without such a processor.",
            valueName: "name"))
    var collection: String?

    @Option(help: "With --collection: how alike a face must be, in percent, 80 to 100.")
    var similarity: Double?

    @Option(help: "With --collection: the data stream of its records (default: its name).")
    var stream: String?

    @Option(help: "Folder below <storage>/results for its pictures (default: results).")
    var bucket: String?

    @Option(help: "Folder below that.")
    var keyPrefix: String?

    @Option(help: "Last part of the MQTT topic for its notifications (default: its name).")
    var topic: String?

    @Option(name: .customLong("tag"), help: "KEY=VALUE; may be given several times.")
    var tags: [String] = []

    @Flag(help: "Start it at once.")
    var start = false

    func validate() throws {
        guard collection != nil else {
            if similarity != nil || stream != nil {
                throw ValidationError("--similarity and --stream need --collection")
            }
            return
        }
        let isForLabels =
            analysis.labels != nil || analysis.minConfidence != nil || !analysis.regions.isEmpty || bucket != nil
            || keyPrefix != nil || topic != nil
        if isForLabels {
            throw ValidationError(
                "--labels, --min-confidence, --region, --bucket, --key-prefix and --topic mean nothing with --collection"
            )
        }
        if let similarity, !(80...100).contains(similarity) {
            throw ValidationError("--similarity must be 80 to 100, not \(similarity)")
        }
    }

    func run() async throws {
        try await options.withAPI { api in
            let answer = try await api.call("CreateStreamProcessor", request())
            if start { _ = try await api.call("StartStreamProcessor", ["Name": .string(name)]) }
            try await ProcessorReport(api: api, asJSON: options.json).show(name, answer)
        }
    }

    private func request() throws -> JSONValue {
        var members: [String: JSONValue] = [
            "Name": .string(name),
            "Input": ["KinesisVideoStream": ["Arn": .string(LocalARN.camera(camera ?? name))]],
            "RoleArn": .string(LocalARN.role),
        ]
        members.merge(try collection.map(faceSearch) ?? connectedHome()) { own, _ in own }
        members["DataSharingPreference"] = analysis.samples.map { ["OptIn": .bool($0.isOn)] }
        if !tags.isEmpty { members["Tags"] = try TagMap.reading(tags) }
        return .object(members)
    }
}

extension ProcessorCreate {
    /// What only label detection has.
    private func connectedHome() throws -> [String: JSONValue] {
        var home: [String: JSONValue] = ["Labels": .array((analysis.labelNames ?? ["ALL"]).map(JSONValue.string))]
        home["MinConfidence"] = analysis.minConfidence.map(JSONValue.number)
        var destination: [String: JSONValue] = ["Bucket": .string(bucket ?? "results")]
        destination["KeyPrefix"] = keyPrefix.map(JSONValue.string)
        var members: [String: JSONValue] = [
            "Output": ["S3Destination": .object(destination)],
            "NotificationChannel": ["SNSTopicArn": .string(LocalARN.topic(topic ?? name))],
            "Settings": ["ConnectedHome": .object(home)],
        ]
        members["RegionsOfInterest"] = try ProcessorRegions.read(analysis.regions)
        return members
    }

    /// What only face search has.
    private func faceSearch(in collection: String) -> [String: JSONValue] {
        var search: [String: JSONValue] = ["CollectionId": .string(collection)]
        search["FaceMatchThreshold"] = similarity.map(JSONValue.number)
        return [
            "Output": ["KinesisDataStream": ["Arn": .string(LocalARN.stream(stream ?? name))]],
            "Settings": ["FaceSearch": .object(search)],
        ]
    }
}

struct ProcessorUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change what a processor looks for, while it runs.")

    @OptionGroup var options: ProcessorOptions
    @OptionGroup var analysis: AnalysisOptions

    @Argument(help: "Its name.")
    var name: String

    @Flag(
        name: [.customLong("all-frame"), .customLong("delete-regions")],
        help: "Forget the regions: the whole picture counts.")
    var allFrame = false

    @Flag(help: "Forget the confidence that was set: 50 counts again.")
    var defaultConfidence = false

    @OptionGroup var trial: TrialOptions

    func validate() throws {
        let changes =
            allFrame || defaultConfidence || analysis.labels != nil || analysis.minConfidence != nil
            || !analysis.regions.isEmpty || analysis.samples != nil
        if trial.ends, changes || trial.trial != nil || (trial.confirm && trial.revert) {
            throw ValidationError("--confirm and --revert come alone: they end a trial and change nothing else")
        }
        if allFrame, !analysis.regions.isEmpty {
            throw ValidationError("--all-frame and --region contradict each other")
        }
        if defaultConfidence, analysis.minConfidence != nil {
            throw ValidationError("--default-confidence and --min-confidence contradict each other")
        }
        if !changes, !trial.ends {
            throw ValidationError(
                "nothing to change: give --labels, --min-confidence, --region, --all-frame or --samples")
        }
    }

    func run() async throws {
        try await options.withAPI { api in
            let answer = try await api.call("UpdateStreamProcessor", request(), headers: try trial.headers)
            try await ProcessorReport(api: api, asJSON: options.json).show(name, answer)
        }
    }

    private func request() throws -> JSONValue {
        var home: [String: JSONValue] = [:]
        home["Labels"] = analysis.labelNames.map { .array($0.map(JSONValue.string)) }
        home["MinConfidence"] = analysis.minConfidence.map(JSONValue.number)
        var members: [String: JSONValue] = ["Name": .string(name)]
        if !home.isEmpty { members["SettingsForUpdate"] = ["ConnectedHomeForUpdate": .object(home)] }
        members["RegionsOfInterestForUpdate"] = try ProcessorRegions.read(analysis.regions)
        members["DataSharingPreferenceForUpdate"] = analysis.samples.map { ["OptIn": .bool($0.isOn)] }
        var deleted: [JSONValue] = []
        if allFrame { deleted.append("RegionsOfInterest") }
        if defaultConfidence { deleted.append("ConnectedHomeMinConfidence") }
        if !deleted.isEmpty { members["ParametersToDelete"] = .array(deleted) }
        return .object(members)
    }
}
