import ArgumentParser
import Base
import Serve

struct ProcessorList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show all processors.")

    @OptionGroup var options: ProcessorOptions

    func run() async throws {
        try await options.withAPI { api in
            let report = ProcessorReport(api: api, asJSON: options.json)
            try await report.showAll(try await Self.all(api))
        }
    }

    /// Every page together.
    private static func all(_ api: ProcessorAPI) async throws -> [JSONValue] {
        var processors: [JSONValue] = []
        var request: [String: JSONValue] = [:]
        while true {
            let page = try await api.call("ListStreamProcessors", .object(request))
            processors += page["StreamProcessors"]?.array ?? []
            guard let token = page["NextToken"] else { return processors }
            request["NextToken"] = token
        }
    }
}

struct ProcessorDescribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show everything about one processor.")

    @OptionGroup var options: ProcessorOptions

    @Argument(help: "Its name.")
    var name: String

    func run() async throws {
        try await options.withAPI { api in
            let answer = try await api.call("DescribeStreamProcessor", ["Name": .string(name)])
            try await ProcessorReport(api: api, asJSON: options.json).show(name, answer)
        }
    }
}

/// What the subcommands print.
struct ProcessorReport {
    let api: ProcessorAPI
    let asJSON: Bool

    /// The API's answer as JSON, or the processor as it is now.
    func show(_ name: String, _ answer: JSONValue) async throws {
        if asJSON { return print(String(decoding: answer.jsonBytes, as: UTF8.self)) }
        let processor = try await describe(name)
        let work =
            faceSearch(processor).map { collection, similarity in
                [["collection", collection], ["similarity", similarity], ["stream", stream(processor)]]
            }
            ?? [
                ["labels", labels(processor)], ["confidence", confidence(processor)], ["regions", regions(processor)],
                ["results", results(processor)], ["samples", samples(processor)],
            ]
        let rows =
            [["name", name], ["status", status(processor)], ["camera", camera(processor)]] + work
            + [["arn", processor["StreamProcessorArn"]?.string ?? "-"]]
        for line in TextTable.lines(rows) { print(line) }
    }

    func showAll(_ processors: [JSONValue]) async throws {
        if asJSON {
            let json = JSONValue.object(["StreamProcessors": .array(processors)])
            return print(String(decoding: json.jsonBytes, as: UTF8.self))
        }
        var rows = [["NAME", "STATUS", "CAMERA", "LABELS", "CONFIDENCE", "REGIONS"]]
        for name in processors.compactMap({ $0["Name"]?.string }) {
            let processor = try await describe(name)
            let start = [name, processor["Status"]?.string ?? "-", camera(processor)]
            if let (collection, similarity) = faceSearch(processor) {
                rows.append(start + ["faces of \(collection)", similarity, "-"])
            } else {
                let regions = String(processor["RegionsOfInterest"]?.array?.count ?? 0)
                rows.append(start + [labels(processor), confidence(processor), regions])
            }
        }
        for line in TextTable.lines(rows) { print(line) }
    }

    private func describe(_ name: String) async throws -> JSONValue {
        try await api.call("DescribeStreamProcessor", ["Name": .string(name)])
    }

    private func status(_ processor: JSONValue) -> String {
        let word = processor["Status"]?.string ?? "-"
        return processor["StatusMessage"]?.string.map { "\(word) (\($0))" } ?? word
    }

    private func camera(_ processor: JSONValue) -> String {
        let arn = processor["Input"]?["KinesisVideoStream"]?["Arn"]?.string ?? "-"
        let parts = arn.split(separator: "/")
        return parts.count > 1 ? String(parts[1]) : arn
    }

    private func labels(_ processor: JSONValue) -> String {
        let labels = processor["Settings"]?["ConnectedHome"]?["Labels"]?.array ?? []
        return labels.compactMap(\.string).joined(separator: ",")
    }

    private func confidence(_ processor: JSONValue) -> String {
        Self.percent(processor["Settings"]?["ConnectedHome"]?["MinConfidence"]?.double ?? 50)
    }

    private static func percent(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value)) %" : "\(value) %"
    }

    /// Nil for label detection.
    private func faceSearch(_ processor: JSONValue) -> (collection: String, similarity: String)? {
        guard let search = processor["Settings"]?["FaceSearch"], let collection = search["CollectionId"]?.string else {
            return nil
        }
        return (collection, Self.percent(search["FaceMatchThreshold"]?.double ?? 80))
    }

    private func stream(_ processor: JSONValue) -> String {
        let arn = processor["Output"]?["KinesisDataStream"]?["Arn"]?.string ?? "-"
        return arn.split(separator: "/").last.map(String.init) ?? arn
    }

    private func regions(_ processor: JSONValue) -> String {
        let regions = processor["RegionsOfInterest"]?.array ?? []
        return regions.isEmpty ? "whole picture" : regions.map(shape).joined(separator: ", ")
    }

    private func shape(_ region: JSONValue) -> String {
        if let points = region["Polygon"]?.array { return "polygon of \(points.count) points" }
        func side(_ name: String) -> String { region["BoundingBox"]?[name]?.double.map { "\($0)" } ?? "?" }
        return "box \(side("Left")),\(side("Top")) \(side("Width"))x\(side("Height"))"
    }

    private func samples(_ processor: JSONValue) -> String {
        processor["DataSharingPreference"]?["OptIn"]?.bool == true ? "kept on this box" : "off"
    }

    private func results(_ processor: JSONValue) -> String {
        let destination = processor["Output"]?["S3Destination"]
        return [destination?["Bucket"]?.string, destination?["KeyPrefix"]?.string].compactMap(\.self)
            .joined(separator: "/")
    }
}
