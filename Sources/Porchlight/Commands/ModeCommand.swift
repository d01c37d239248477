import ArgumentParser
import Base

/// `porchlight mode [NAME]`: what the house is in, and what it can be in.
struct ModeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mode", abstract: "Show the modes, switch to one, make one of what is set now.",
        discussion: """
            A mode is a named set of processors' settings: labels, confidence, regions, and whether a processor runs. \
            Without a name the modes are shown. 'none' switches to no mode; everything stays as it is then.
            """)

    @OptionGroup var config: ConfigOption

    @Argument(help: "The mode, for example home, away or night; or none.")
    var name: String?

    @Flag(help: "Keep what all processors are set to now under this name.")
    var save = false

    @Flag(help: "Delete the mode of this name.")
    var delete = false

    @Flag(help: "Print the API's JSON.")
    var json = false

    func validate() throws {
        guard save || delete else { return }
        guard !(save && delete) else { throw ValidationError("give either --save or --delete") }
        guard let name, ModeName(name) != nil else {
            throw ValidationError(
                "--\(save ? "save" : "delete") takes the name of a mode: 1 to 128 characters of a-z A-Z 0-9 _ . -, "
                    + "not 'none'")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let api = try ProcessorAPI(settings: try loadSettings(configPath: config.config), help: .modes)
            show(try await answer(api))
        }
    }

    private func answer(_ api: ProcessorAPI) async throws -> JSONValue {
        guard let name else { return try await api.get("/modes") }
        if save { return try await api.send("PUT", "/modes/\(name)", ["FromCurrent": true]) }
        if delete { return try await api.send("DELETE", "/modes/\(name)") }
        return try await api.post("/mode", ["Mode": .string(name)])
    }

    private func show(_ answer: JSONValue) {
        if json { return print(String(decoding: answer.jsonBytes, as: UTF8.self)) }
        guard let name else { return showAll(answer) }
        if save { return print("mode \(name) saved; what runs stays as it is") }
        if delete { return print("mode \(name) deleted; what runs stays as it is") }
        print("mode \(answer["Mode"]?.string ?? ModeName.none)")
    }

    private func showAll(_ answer: JSONValue) {
        let (current, modes) = (answer["Mode"]?.string, answer["Modes"]?.array ?? [])
        guard !modes.isEmpty else {
            return print("no modes yet; 'porchlight mode NAME --save' makes one of what is set now")
        }
        let changed = (answer["Changed"]?.array ?? []).compactMap(\.string)
        var rows = [["MODE", "ON", "PROCESSORS", "NOTE"]]
        for mode in modes {
            let isOn = mode["Name"]?.string == current
            var notes = (mode["Problems"]?.array ?? []).compactMap(\.string)
            if isOn, !changed.isEmpty { notes.append("changed since: \(changed.joined(separator: ", "))") }
            rows.append([
                mode["Name"]?.string ?? "-", isOn ? "on" : "-",
                (mode["Processors"]?.object ?? [:]).keys.sorted().joined(separator: ", "),
                notes.isEmpty ? "-" : notes.joined(separator: "; "),
            ])
        }
        for line in TextTable.lines(rows) { print(line) }
    }
}
