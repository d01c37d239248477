import ArgumentParser
import Base

/// `porchlight why`: why somebody was told and somebody was not, as the running daemon remembers it.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Tell why somebody was told and somebody was not.")

    @OptionGroup var config: ConfigOption

    @Option(help: "Of this stream processor only.")
    var processor: String?
    @Option(help: "PERSON, PET or PACKAGE.")
    var label: String?
    @Option(help: "visit or missed.")
    var kind: String?
    @Option(help: "From when on: 30m, 2h, 7d ago, or a time like 2026-11-21T03:32:29Z.")
    var since = "24h"
    @Option(help: "The most that are told, 1 to 500.")
    var limit = 50
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await reportingFailures {
            let api = try ProcessorAPI(settings: try loadSettings(configPath: config.config))
            let answer = try await api.get("/why?" + query)
            if json {
                print(String(decoding: answer.jsonBytes, as: UTF8.self))
                return
            }
            let records = answer["records"]?.array ?? []
            if records.isEmpty { print("nothing was told, and nothing came near it") }
            for line in TextTable.lines(records.map(Self.row)) { print(line) }
        }
    }

    private var query: String {
        let parameters = [
            ("processor", processor), ("label", label), ("kind", kind), ("since", since), ("limit", "\(limit)"),
        ]
        return parameters.compactMap { name, value in value.map { "\(name)=\(PercentEncoding.encoded($0.utf8))" } }
            .joined(separator: "&")
    }

    private static func row(_ record: JSONValue) -> [String] {
        let isVisit = record["kind"]?.string == "visit"
        func text(_ name: String) -> String { record[name]?.string ?? "" }
        func percent(_ name: String) -> String { "\(Int(exactly: (record[name]?.double ?? 0).rounded(.down)) ?? 0)" }
        let seen = record["looks"]?["seen"]?.int ?? 0, taken = record["looks"]?["taken"]?.int ?? 0
        let times = record["times"]?.int ?? 1
        let words =
            isVisit
            ? "confidence \(percent("confidence")) of \(percent("minConfidence")) %, seen in \(seen) of \(taken) looks"
            : (record["reason"]?["words"]?.string ?? "") + (times > 1 ? " \(times) times." : "")
        let name = record["name"]?.string.map { " (\($0))" } ?? ""
        return [text("since"), text("processor"), isVisit ? "told" : "not told", text("label") + name, words]
    }
}
