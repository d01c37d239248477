import ArgumentParser
import Base
import Decode
import FoundationEssentials
import Interpret
import Rekognition
import Runtime

/// One-shot detection on pictures and clips.
struct DetectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect", abstract: "Find people, pets and packages in pictures (JPEG, PNG) and clips.",
        discussion:
            "A region is written as AWS does, or shorter: '{\"BoundingBox\":{\"Left\":0.5,\"Top\":0,\"Width\":0.5,\"Height\":1}}'."
    )

    @Argument(help: "Pictures, clips (MP4, MKV, AVI) or folders of pictures.")
    var files: [String]
    @Option(help: "`default`, a folder, or an .onnx file.")
    var model = "default"
    @Option(
        help: ArgumentHelp(
            "Width and height of the network's input, where file and manifest leave it open or another one is wanted.",
            valueName: "WIDTHxHEIGHT"))
    var size: PixelSize?
    @Option(help: "What to look for: PERSON, PET, PACKAGE, ALL, separated by commas.")
    var labels = "ALL"
    @Option(help: "Percent, 0 to 100.")
    var minConfidence = 50.0
    @Option(help: "A region of interest as JSON; may be repeated.")
    var region: [String] = []
    @Flag(help: "One JSON object per frame.")
    var json = false
    @Option(help: "Write pictures with what was found into this folder; nothing there is overwritten.")
    var annotate: String?

    func validate() throws {
        guard Confidence(percent: minConfidence) != nil else {
            throw ValidationError("--min-confidence \(minConfidence) is not between 0 and 100.")
        }
        for name in labels.split(separator: ",") where name != "ALL" && Label(rawValue: String(name)) == nil {
            throw ValidationError("--labels \(name) is unknown: use PERSON, PET, PACKAGE or ALL.")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let network = try Network(
                ModelLocation(resolving: model), threads: 0, mostPlans: Network.mostPlansOfPhotographs, size: size)
            let scan = try PictureScan(
                network: network, wanted: try wanted(), regions: try regions(), annotations: annotate)
            if let status = try look(through: scan) { throw ExitCode(status.rawValue) }
        }
    }

    /// Each file that cannot be read gets its line; the others are looked at all the same.
    /// - Returns: how the first of them ends the program.
    private func look(through scan: PictureScan) throws -> ExitStatus? {
        var status: ExitStatus?
        for file in files {
            do {
                let damage = try scan.scan(file) {
                    print(json ? FileName.escaped(json: $0.json) : FileName.shown($0.text))
                }
                guard let damage else { continue }
                printError(damage)
                status = status ?? .badData
            } catch let failure as CommandFailure where failure.status != .unavailable {
                printError(failure.message)
                status = status ?? failure.status
            }
        }
        return status
    }

    private func wanted() throws -> PictureScan.Wanted {
        let names = labels.split(separator: ",").map(String.init)
        let all = names.contains("ALL") || names.isEmpty
        return PictureScan.Wanted(
            labels: all ? Set(Label.allCases) : Set(names.compactMap(Label.init)),
            minConfidence: Confidence(percent: minConfidence) ?? .half)
    }

    private func regions() throws -> [Region] {
        do {
            return try RekognitionAPI.regions(in: try ProcessorRegions.read(region) ?? [])
        } catch let error as APIError {
            throw CommandFailure(.usage, "--region: \(error)")
        }
    }
}
