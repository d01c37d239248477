import ArgumentParser
import Base
import Runtime

/// `porchlight model inspect`: what a network file holds, and what becomes of it here.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract:
            "Tell what a network file holds, which of its operators the engine has, and what it would be taken for.",
        discussion: "Ends with 65 when it cannot be used for finding things.")

    @Argument(help: "`default`, a folder, or an .onnx file.")
    var model: String
    @Option(
        help: ArgumentHelp(
            "Width and height of the network's input, where file and manifest leave it open or another one is wanted.",
            valueName: "WIDTHxHEIGHT"))
    var size: PixelSize?
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await reportingFailures {
            let inspection = try ModelInspection(ModelLocation(resolving: model), size: size)
            print(
                json
                    ? String(decoding: inspection.json.jsonBytes, as: UTF8.self) : FileName.shown(inspection.text))
            if inspection.problem != nil { throw ExitCode(ExitStatus.badData.rawValue) }
        }
    }
}
