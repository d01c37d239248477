import ArgumentParser
import Base
import Decode
import Evaluate
import Interpret
import Settings

/// `porchlight evaluate`: how good a model is on pictures of which the truth is known.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a model on labelled pictures (COCO's instances JSON), or on clips.",
        discussion: """
            A picture may have "annotated_classes": the names of the classes all of whose objects are marked in it. \
            Without it those are all categories. With "source" figures are told by source, too.
            Clips go through all that a camera's pictures go through. truth.json beside them says who comes by: \
            {"clips": {"door.mp4": {"PERSON": 1, "PET": 0}}}.
            Faces: a folder of Labeled Faces in the Wild with pairs.txt, or of Celebrities in Frontal-Profile.
            """)

    @Option(help: "The JSON file. Its pictures lie in images/ beside it, or right beside it.")
    var dataset: String?
    @Option(help: "A folder of clips with a truth.json.")
    var clips: String?
    @Option(help: "A folder of pictures of faces, with lists of pairs.")
    var faces: String?
    @Option(help: "With --faces, the network that finds them: `default`, a folder, or an .onnx file.")
    var detector = "default"
    @Option(help: "With --faces, the network that tells them apart: `default`, a folder, or an .onnx file.")
    var embedder = "default"
    @Option(help: "The folder of the pictures, where they lie elsewhere.")
    var images: String?
    @Option(help: "`default`, a folder, or an .onnx file.")
    var model = "default"
    @Option(
        help: ArgumentHelp(
            "Width and height of the network's input, where file and manifest leave it open or another one is wanted.",
            valueName: "WIDTHxHEIGHT"))
    var size: PixelSize?
    @Option(help: "Threads that share the work; 0: one less than there are cores.")
    var threads = 0
    @Flag(help: "Print one JSON object.")
    var json = false

    /// Average precision looks at what is hardly sure, too.
    static let floor: Float = 0.01

    func validate() throws {
        guard (0...64).contains(threads) else { throw ValidationError("--threads \(threads): 0 to 64") }
        guard [dataset, clips, faces].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("name one of --dataset FILE, --clips DIR and --faces DIR")
        }
        guard images == nil || dataset != nil else { throw ValidationError("--images belongs to --dataset") }
    }

    func run() async throws {
        try await reportingFailures {
            if let dataset { print(try report(onPictures: dataset)) }
            if let clips { print(try report(onClips: clips)) }
            if let faces { print(try report(onFaces: faces)) }
        }
    }

    private func report(onPictures path: String) throws -> String {
        let dataset = try Self.dataset(path)
        let network = try Network(
            ModelLocation(resolving: model), threads: threads, floor: Self.floor,
            mostPlans: Network.mostPlansOfPhotographs, size: size)
        let report = EvaluateReport(
            network: network, dataset: path, pictures: dataset.pictures.count,
            accuracy: try Self.accuracy(
                of: network, on: dataset, LabelledPictures(dataset: path, folder: images), named: path))
        return json ? report.json : report.text
    }

    /// Confidences below the usual floor play no part in visits.
    private func report(onClips folder: String) throws -> String {
        let clips = try LabelledClips(folder: folder)
        let network = try Network(ModelLocation(resolving: model), threads: threads, size: size)
        let report = ClipReport(
            network: network, folder: folder, rows: try clips.rows(of: ClipPlayer(network: network)),
            unnamed: clips.unnamed)
        return json ? report.json : report.text
    }

    private func report(onFaces folder: String) throws -> String {
        let network = try Network.faceDetector(
            at: detector, threads: threads, mostPlans: Network.mostPlansOfPhotographs)
        let embedder = try FaceEmbedder(ModelLocation(resolving: embedder, for: .faceEmbedder), beside: network)
        let report = try FaceEvaluation(folder: folder, network, embedder).report()
        return json ? report.json : report.text
    }

    static func dataset(_ path: String) throws -> Dataset {
        let bytes = try readFile(path, atMost: 64 << 20)
        do {
            return try Dataset(checking: try TextFile.json(bytes, mostValues: Dataset.mostValues))
        } catch let error as EvaluateError {
            throw CommandFailure(.badData, "\(path): \(error)")
        } catch {
            throw CommandFailure(.badData, "\(path) is not valid JSON: \(error)")
        }
    }

    /// - Parameter name: of the data set, for messages.
    static func accuracy(of network: Network, on dataset: Dataset, _ pictures: LabelledPictures, named name: String)
        throws -> AccuracyReport
    {
        var evaluation: Evaluation
        do throws(EvaluateError) {
            evaluation = try Evaluation(of: network.labelledClasses, on: dataset)
        } catch {
            throw CommandFailure(.badData, "\(name): \(error)")
        }
        let progress = ProgressLine(total: dataset.pictures.count, what: "pictures")
        defer { progress.clear() }
        for (index, picture) in dataset.pictures.enumerated() {
            evaluation.add(network.detections(in: try pictures.frame(of: picture)), in: picture)
            progress.show(index + 1)
        }
        return evaluation.report
    }
}
