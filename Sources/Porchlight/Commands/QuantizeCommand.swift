import ArgumentParser
import Base
import Decode
import Evaluate
import FoundationEssentials
import Infer
import Interpret
import Runtime

/// `porchlight model quantize`: a network of 8-bit numbers from one of floats.
struct QuantizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Make a network of 8-bit numbers: a quarter of the size, two to three times as fast.",
        discussion: """
            Pictures like those of your cameras show which numbers occur; a hundred or two are enough. The result is \
            ONNX in QDQ form, with the manifest beside it, and is compared with the original: on labelled pictures if \
            --dataset names some, else on what the original sees in the pictures that were shown. A network that tells \
            faces apart (a manifest with "family": "face-embedder") is shown the faces in them, or small square pictures \
            that are aligned faces, and compared by the cosine of its vectors.
            """)

    @Argument(help: "`default`, a folder, or an .onnx file.")
    var model: String
    @Option(help: "A folder of pictures (JPEG, PNG).")
    var calibrate: String
    @Option(name: [.customShort("o"), .long], help: "The .onnx file to write.")
    var output: String
    @Option(help: "How many of the pictures are looked at, spread over all.")
    var pictures = 200
    @Option(help: "Labelled pictures (COCO's instances JSON) on which both are measured.")
    var dataset: String?
    @Option(
        help: ArgumentHelp(
            "Width and height of the network's input, where file and manifest leave it open or another one is wanted.",
            valueName: "WIDTHxHEIGHT"))
    var size: PixelSize?
    @Option(help: "Threads that share the work; 0: one less than there are cores.")
    var threads = 0

    func validate() throws {
        guard (0...64).contains(threads) else { throw ValidationError("--threads \(threads): 0 to 64") }
        guard (1...10_000).contains(pictures) else { throw ValidationError("--pictures \(pictures): 1 to 10000") }
        guard output.hasSuffix(".onnx") else { throw ValidationError("--output \(output) must end with .onnx") }
    }

    func run() async throws {
        try await reportingFailures {
            let location = try ModelLocation(resolving: model)
            if let embedder = try EmbedderQuantization(location, threads: threads) { return try quantize(embedder) }
            let original = try Network(
                location, threads: threads, floor: EvaluateCommand.floor, mostPlans: Network.mostPlansOfPhotographs,
                size: size)
            let files = try self.files()
            let quantizer = try quantizer(of: location, original)
            let frames = try observe(files, quantizer, original)
            let bytes = try write(quantizer, location)
            print(
                "\(quantizer.convolutions) convolutions and \(quantizer.tensors) tensors in 8 bits, after "
                    + "\(quantizer.pictures) pictures of \(calibrate)")
            print("\(output): \(bytes.megabytes) MB")
            let quantized = try Network(
                ModelLocation(resolving: output), threads: threads, floor: EvaluateCommand.floor,
                mostPlans: Network.mostPlansOfPhotographs, size: size)
            print(
                try dataset.map { try compare(original, quantized, on: $0) } ?? agreement(original, quantized, frames))
        }
    }

    private func quantize(_ embedder: EmbedderQuantization) throws {
        guard dataset == nil else {
            throw CommandFailure(
                .usage, "--dataset is for networks that find things; an embedder is compared by its vectors")
        }
        var files = try files()[...]
        let pool = FramePool(capacity: 2), total = files.count
        let progress = ProgressLine(total: total, what: "pictures")
        defer { progress.clear() }
        let lines = try embedder.run {
            while let file = files.popFirst() {
                progress.show(total - files.count)
                do { return try frame(file, pool) } catch let failure as CommandFailure {
                    printError("\(failure.message); left out")
                }
            }
            return nil
        } write: { quantizer in
            let bytes = try write(quantizer, embedder.location)
            return (output, "\(output): \(bytes.megabytes) MB")
        }
        for line in lines { print(line) }
    }

    // MARK: - Pictures

    private static let endings = [".jpg", ".jpeg", ".png"]

    private func files() throws -> [String] {
        let all: [String]
        do throws(SystemError) { all = try FolderListing.names(in: calibrate) } catch {
            throw CommandFailure(.noInput, "--calibrate \(calibrate) cannot be read: name a folder of pictures")
        }
        let found = all.filter { name in Self.endings.contains { name.lowercased().hasSuffix($0) } }.sorted()
        guard !found.isEmpty else {
            throw CommandFailure(
                .noInput, "--calibrate \(calibrate) holds no picture (\(Self.endings.joined(separator: ", ")))")
        }
        let count = min(pictures, found.count)
        return (0..<count).map { "\(calibrate)/\(found[$0 * found.count / count])" }
    }

    private func frame(_ file: String, _ pool: FramePool) throws -> Frame {
        do {
            let reader = try MediaReader.opening(file, pool: pool)
            guard case .frame(let frame) = try reader.next() else {
                throw reader.lastDamage ?? DecodeError.corrupt("no picture in it")
            }
            return frame
        } catch let error as DecodeError {
            throw CommandFailure(error.isAboutAbsence ? .noInput : .badData, "\(file): \(error)")
        }
    }

    // MARK: - Quantizing

    private func quantizer(of location: ModelLocation, _ original: Network) throws -> Quantizer {
        do throws(InferError) {
            return try Quantizer(
                path: location.network, inputShape: original.usualInputShape, threads: threads)
        } catch {
            throw CommandFailure(.badData, "\(location.network): \(error)")
        }
    }

    /// Shows the pictures; damaged ones are told and left out.
    /// - Returns: those that could be read.
    private func observe(_ files: [String], _ quantizer: Quantizer, _ network: Network) throws -> [String] {
        let pool = FramePool(capacity: 2)
        let progress = ProgressLine(total: files.count, what: "pictures")
        defer { progress.clear() }
        var seen: [String] = []
        for file in files {
            do {
                let frame = try frame(file, pool)
                try unsafe network.withInput(of: frame) { shape, fill in
                    try unsafe quantizer.observe(inputShape: shape) { unsafe fill($0) }
                }
                seen.append(file)
                progress.show(seen.count)
            } catch let error as InferError {
                throw CommandFailure(.badData, "\(model): \(error)")
            } catch let failure as CommandFailure {
                printError("\(failure.message); left out")
            }
        }
        guard !seen.isEmpty else { throw CommandFailure(.badData, "no picture of \(calibrate) could be read") }
        return seen
    }

    /// - Returns: the size of the file.
    private func write(_ quantizer: Quantizer, _ location: ModelLocation) throws -> Int {
        let bytes: [UInt8]
        do throws(InferError) { bytes = try quantizer.model() } catch {
            throw CommandFailure(.badData, "\(location.network): \(error)")
        }
        do {
            try WholeFile.write(bytes, to: output, mode: 0o644, .eventual)
            if let manifest = location.manifestPath {
                let beside = String(output.dropLast(5)) + ".json"
                try WholeFile.write(try readFile(manifest, atMost: 1 << 20), to: beside, mode: 0o644, .eventual)
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.unavailable, "\(output) cannot be written: does its folder exist, is there room?")
        }
        return bytes.count
    }

    // MARK: - Comparing

    private func compare(_ original: Network, _ quantized: Network, on path: String) throws -> String {
        let dataset = try EvaluateCommand.dataset(path)
        let pictures = LabelledPictures(dataset: path, folder: nil)
        let reports = try [original, quantized].map {
            try EvaluateCommand.accuracy(of: $0, on: dataset, pictures, named: path)
        }
        func row(_ name: String, _ before: Double?, _ after: Double?) -> [String] {
            [name, before.shown, after.shown, Self.difference(before, after)]
        }
        var rows = zip(reports[0].classes, reports[1].classes).map {
            row($0.name, $0.averagePrecision, $1.averagePrecision)
        }
        if rows.count > 1 {
            // Over the classes, as COCO has it.
            let means = reports.map { $0.classes.compactMap(\.averagePrecision).mean }
            rows.append(row("all", means[0], means[1]))
        }
        return TextTable.lines([["AP50 on \(path)", "floats", "8 bits", "difference"]] + rows, rightFrom: 1)
            .joined(separator: "\n")
    }

    private static func difference(_ before: Double?, _ after: Double?) -> String {
        guard let before, let after else { return "-" }
        let points = ((after - before) * 1000).rounded() / 10
        return (points > 0 ? "+" : "") + "\(points)"
    }

    /// AP50 with what the original is sure of as the truth.
    private func agreement(_ original: Network, _ quantized: Network, _ files: [String]) throws -> String {
        let names = original.labelledClasses.keys.sorted()
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, $0.offset) })
        let pool = FramePool(capacity: 2)
        let everything = Dataset(classNames: names, pictures: [])
        var evaluation: Evaluation
        do throws(EvaluateError) {
            evaluation = try Evaluation(of: original.labelledClasses, on: everything)
        } catch { throw CommandFailure(.badData, "\(error)") }
        for file in files {
            let frame = try frame(file, pool)
            let truths = original.detections(in: frame).filter { $0.confidence >= .half }.compactMap { found in
                numbers[found.className].map { Dataset.Truth(classIndex: $0, box: found.box) }
            }
            let picture = Dataset.Picture(
                fileName: file, size: frame.size, annotatedClasses: Set(names.indices), truths: truths)
            evaluation.add(quantized.detections(in: frame), in: picture)
        }
        let rows = evaluation.report.classes.filter { $0.boxes > 0 }.map {
            [$0.name, "\($0.boxes)", $0.averagePrecision.shown]
        }
        guard !rows.isEmpty else { return "The original sees nothing in these pictures: nothing to compare." }
        return TextTable.lines([["against what the original sees", "boxes", "AP50"]] + rows, rightFrom: 1)
            .joined(separator: "\n")
    }
}

extension Int {
    /// Of bytes.
    fileprivate var megabytes: String { "\((Double(self) / 1e4).rounded() / 100)" }
}
