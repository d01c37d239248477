import Base
import Decode
import Gate
import Infer
import Interpret

/// `porchlight model quantize` of a network that tells faces apart: it is shown aligned faces, and what its vectors keep of
/// their directions is the measure.
struct EmbedderQuantization {
    let location: ModelLocation
    let manifest: EmbedderManifest
    let threads: Int

    /// Faces that both networks are compared on.
    private static let compared = 200
    /// Of one picture: a crowd must not count for more than everybody else.
    private static let facesOfAPicture = 8

    /// Nil when the manifest says that it is another kind of network, or when there is none.
    init?(_ location: ModelLocation, threads: Int) throws {
        guard location.isFaceEmbedder else { return nil }
        self.location = location
        self.threads = threads
        manifest = try location.embedderManifest()
    }

    /// - Parameters:
    ///   - frames: one after the other; nil at the end.
    ///   - write: takes the network in 8 bits and gives the path of its file.
    /// - Returns: what to say.
    func run(
        _ frames: () throws -> Frame?, write: (Quantizer) throws -> (path: String, line: String)
    ) throws -> [String] {
        let original = try FaceEmbedder(location, threads: threads)
        let detector = try Network.faceDetector(
            at: "default", threads: threads, mostPlans: Network.mostPlansOfPhotographs)
        let quantizer: Quantizer
        do throws(InferError) { quantizer = try Quantizer(path: location.network, threads: threads) } catch {
            throw CommandFailure(.badData, "\(location.network): \(error)")
        }
        var kept: [FaceCrop] = []
        while let frame = try frames() {
            for crop in crops(of: frame, detector, side: original.side) {
                do throws(InferError) { try unsafe quantizer.observe { unsafe manifest.write(crop, to: $0) } } catch {
                    throw CommandFailure(.badData, "\(location.network): \(error)")
                }
                if kept.count < Self.compared { kept.append(crop) }
            }
        }
        guard quantizer.pictures > 0 else {
            throw CommandFailure(
                .badData, "no face was found in these pictures: show some with people, or aligned faces")
        }
        let written = try write(quantizer)
        let quantized = try FaceEmbedder(ModelLocation(resolving: written.path), threads: threads)
        return [
            "\(quantizer.convolutions) convolutions and \(quantizer.tensors) tensors in 8 bits, after "
                + "\(quantizer.pictures) faces",
            written.line, Self.agreement(original, quantized, kept),
        ]
    }

    /// A small square picture is an aligned face already; of others the faces that are found.
    private func crops(of frame: Frame, _ detector: Network, side: Int) -> [FaceCrop] {
        let size = frame.size
        if size.width == size.height, size.width <= 2 * side {
            let edge = Double(size.width) - 0.5
            let whole = SimilarityTransform(
                from: [Point(x: -0.5, y: -0.5), Point(x: Double(side) - 0.5, y: Double(side) - 0.5)],
                to: [Point(x: -0.5, y: -0.5), Point(x: edge, y: edge)])
            return [whole.flatMap { AlignedCrop.crop(frame, by: $0, side: side) }].compactMap(\.self)
        }
        return detector.detections(in: frame).prefix(Self.facesOfAPicture).compactMap { face in
            manifest.template.transform(to: face.landmarks, in: size, side: side)
                .flatMap { AlignedCrop.crop(frame, by: $0, side: side) }
        }
    }

    /// The cosines between what both say of the same faces.
    private static func agreement(_ original: FaceEmbedder, _ quantized: FaceEmbedder, _ crops: [FaceCrop]) -> String {
        let cosines = crops.compactMap { crop -> Double? in
            guard let before = original.vector(of: crop), let after = quantized.vector(of: crop) else { return nil }
            return before.cosine(with: after)
        }.sorted()
        guard let least = cosines.first else { return "No face gave a vector: nothing to compare." }
        func shown(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
        let mean = cosines.reduce(0, +) / Double(cosines.count)
        return "cosine to the original on \(cosines.count) faces: mean \(shown(mean)), "
            + "of 100 faces 95 above \(shown(cosines[cosines.count / 20])), least \(shown(least))"
    }
}
