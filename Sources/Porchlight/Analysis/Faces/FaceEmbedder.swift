import Base
import Gate
import Infer
import Interpret
import Runtime
import Settings

/// The network that tells faces apart, as one thing. Used by one thread.
final class FaceEmbedder: FaceEmbedding {
    let model: FaceModel
    let template: FaceTemplate
    let side: Int
    private let engine: Engine
    private let manifest: EmbedderManifest

    /// More than any embedder of ours has.
    private static let mostBytes = 64 << 20

    /// - Parameter other: used in turn with it, by the same thread; gives its threads.
    /// - Throws: `CommandFailure` that names the file and what is wrong with it.
    convenience init(_ location: ModelLocation, beside other: Network) throws {
        try self.init(location) { path throws(InferError) in try other.fileBeside(path) }
    }

    /// - Parameter threads: 0 means one less than the board has cores.
    /// - Throws: `CommandFailure` that names the file and what is wrong with it.
    convenience init(_ location: ModelLocation, threads: Int) throws {
        try self.init(location) { path throws(InferError) in try NetworkFile(path: path, threads: threads) }
    }

    private init(_ location: ModelLocation, _ open: (String) throws(InferError) -> NetworkFile) throws {
        let path = location.network
        manifest = try location.embedderManifest()
        template = manifest.template
        let hash = FNV1a.hash64(try readFile(path, atMost: Self.mostBytes))
        let digest = Hex.text((0..<8).reversed().map { UInt8(truncatingIfNeeded: hash >> (8 * UInt64($0))) })
        do throws(InferError) { engine = try open(path).engine() } catch {
            throw CommandFailure(.badData, "model \(path): \(error)")
        }
        guard let input = engine.inputs.first?.shape, input.count == 4, input[0] == 1, input[1] == 3,
            input[2] == input[3], AlignedCrop.sides.contains(input[2]), engine.outputs.count == 1,
            case let numbers = engine.outputs[0].shape.reduce(1, *), (1...FaceVector.most).contains(numbers)
        else {
            throw CommandFailure(
                .badData,
                "model \(path) is no face embedder: it needs one input [1, 3, side, side] and one output of "
                    + "1 to \(FaceVector.most) numbers")
        }
        side = input[2]
        model = FaceModel(
            identity: "\(manifest.name) \(manifest.version) \(digest)", dimension: numbers,
            similarity: manifest.similarity)
    }

    /// Which embedder the settings name. It is loaded for that and goes again: the analysis has its own when it needs it.
    static func reading(_ settings: FacesSettings) -> @Sendable () throws(PictureRefusal) -> FaceModel {
        { () throws(PictureRefusal) in
            do throws(FaceNetworks.Failure) {
                return try FaceNetworks.loading {
                    try FaceEmbedder(ModelLocation(resolving: settings.embedder, for: .faceEmbedder), threads: 1).model
                }
            } catch {
                throw .unavailable(error.sentence)
            }
        }
    }

    func vector(of crop: FaceCrop) -> FaceVector? {
        guard crop.side == side else { return nil }
        unsafe engine.withInput(0) { unsafe manifest.write(crop, to: $0) }
        engine.run()
        return FaceVector(unsafe Array(engine.output(0).values))
    }
}
