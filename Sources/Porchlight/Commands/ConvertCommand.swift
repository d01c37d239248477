import ArgumentParser
import Base
import FoundationEssentials
import Interpret
import Runtime

/// `porchlight model convert`: the manifest that was assumed, written down.
struct ConvertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write the manifest of a network that has none, with all that is assumed of it, for you to correct.",
        discussion: "The network's file stays as it is. A manifest that is there already is not replaced.")

    @Argument(help: "A folder, or an .onnx file.")
    var model: String
    @Option(name: [.customShort("o"), .long], help: "The .json file to write; beside the network if not told.")
    var output: String?
    @Option(
        help: ArgumentHelp(
            "Width and height of the network's input, where file and manifest leave it open or another one is wanted.",
            valueName: "WIDTHxHEIGHT"))
    var size: PixelSize?

    func run() async throws {
        try await reportingFailures {
            let location = try ModelLocation(resolving: model)
            let inspection = try ModelInspection(location, size: size)
            guard var manifest = inspection.manifest else {
                throw CommandFailure(
                    .badData,
                    inspection.problem ?? "\(location.network) tells faces apart: its manifest cannot be assumed")
            }
            manifest.name = manifest.name ?? location.name
            let target = output ?? String(location.network.dropLast(5)) + ".json"
            guard !FileManager.default.fileExists(atPath: target) else {
                throw CommandFailure(
                    .usage, "\(target) is there already; name another file with --output, or remove it")
            }
            try write(manifest, to: target)
            print(FileName.shown("\(target): \(manifest.head ?? ""), \(manifest.classes?.count ?? 0) classes"))
        }
    }

    private func write(_ manifest: ModelManifest, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let bytes = Array(try encoder.encode(manifest.json)) + [UInt8(ascii: "\n")]
            try WholeFile.write(bytes, to: path, mode: 0o644, .eventual, replacing: false)
        } catch {
            throw CommandFailure(.unavailable, "\(path) cannot be written: does its folder exist, is there room?")
        }
    }
}
